// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The header in C++: what it declares links as C. */
#include <bpfgraft.h>

int main()
{
	bpfgraft *b = bpfgraft_new();
	bpfgraft_result *r = nullptr;
	const int outcome = bpfgraft_apply(b, nullptr, &r);

	bpfgraft_free(b);
	return outcome < BPFGRAFT_DONE && !r ? 0 : 1;
}
