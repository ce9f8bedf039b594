// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BPF_PROG makes a program of two functions from one line: four cursors over one text.
// entry: on_exit
// expect: same
// loads: yes
// keep: seen
// drop: on_fork forks

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct task_struct { int pid; } __attribute__((preserve_access_index));

static __u64 seen;
static __u64 forks;

SEC("raw_tp/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *p)
{
	seen += p != NULL;
	return 0;
}

SEC("raw_tp/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	forks += parent != child;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
