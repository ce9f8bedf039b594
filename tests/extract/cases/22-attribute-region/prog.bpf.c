// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// CO-RE's attribute comes from a pragma around the declarations: without the pair the accesses lose their relocations.
// entry: who
// expect: same
// keep: task_struct
// drop: file
// count: 1 ^#pragma clang attribute push
// count: 1 ^#pragma clang attribute pop
// core-relocations: yes

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct task_struct {
	int pid, tgid;
};

struct file {
	unsigned int f_flags;
};
#pragma clang attribute pop

SEC("tp_btf/sched_switch")
int who(unsigned long long *args)
{
	struct task_struct *next = (void *)args[2];

	return next->tgid != next->pid;
}

char LICENSE[] SEC("license") = "GPL";
