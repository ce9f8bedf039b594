// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A program of a user's own: a chain by its skeleton, set, loaded, attached to an interface, and run once on a packet of zeros. */
#include <bpf/bpf.h>
#include <net/if.h>
#include <stdio.h>

#include "guard.skel.h"

int main(int argc, char **argv)
{
	char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = sizeof(packet));
	struct guard *chain = guard__open();
	unsigned long long n = 0;
	unsigned key = 0;

	if (argc != 2 || !chain)
		return 1;
	chain->rodata_a->a_modulus = 3; /* packets are zeros: any will do, but it must be there to be set */
	if (guard__load(chain))
		return 2;
	chain->links.guard = bpf_program__attach_xdp(chain->progs.guard, (int)if_nametoindex(argv[1]));
	if (!chain->links.guard)
		return 3;
	if (bpf_prog_test_run_opts(bpf_program__fd(chain->progs.guard), &o))
		return 4;
	if (bpf_map__lookup_elem(chain->maps.n_plain, &key, sizeof(key), &n, sizeof(n), 0))
		return 5;
	printf("verdict %u, counted %llu, sum %llu\n", o.retval, n, (unsigned long long)chain->data_b_bss->sum);
	guard__destroy(chain);
	return 0;
}
