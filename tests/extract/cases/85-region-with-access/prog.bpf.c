// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The same region where a field is accessed: the instructions are the same without it, but clang no longer records the relocation.
// entry: judge
// expect: same
// minimal: proven
// core-relocations: yes
// text: preserve_access_index
// stays: declaration LICENSE

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct task_struct {
	int pid;
};
#pragma clang attribute pop

int last;

SEC("tp_btf/sched_process_exit")
int judge(unsigned long long *ctx)
{
	struct task_struct *t = (void *)ctx[0];

	last = t->pid;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
