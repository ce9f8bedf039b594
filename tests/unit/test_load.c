// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Objects that are anybody's: libbpf may die of a damaged one, we may not. */
#include "core/load.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/compile.h"
#include "core/fs.h"
#include "damage.h"
#include "harness.h"

#define MOST 3000

static const char source[] = "struct { int (*type)[1]; int *key; int *value; int (*max_entries)[1]; } m __attribute__((section(\".maps\"), used));\n"
			     "static int (*look)(void *, void *) = (void *)1;\n"
			     "__attribute__((section(\"xdp\"), used)) int f(void *ctx) { int k = 0; return look(&m, &k) ? 1 : 2; }\n"
			     "char l[] __attribute__((section(\"license\"), used)) = \"GPL\";\n";

static void build(const struct bg_tmpdir *t, struct bg_str *object)
{
	BG_CLEANUP(bg_freep) char *c = bg_join(t->path, "a.c"), *o = bg_join(t->path, "a.o");
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_strv flags = { 0 };

	CU_ASSERT_EQUAL_FATAL(bg_write_file(c, source, strlen(source)), 0);
	CU_ASSERT_EQUAL_FATAL(bg_compile(c, NULL, &flags, o, BG_ID_FILE, ds), 0);
	CU_ASSERT_EQUAL_FATAL(bg_read_file(o, 0, object), 0);
}

static void a_damaged_object_is_survived(void)
{
	struct bg_tmpdir t = { 0 };
	struct bg_str object = { 0 };
	BG_CLEANUP(bg_freep) char *path = NULL;
	unsigned n;

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&t), 0);
	path = bg_join(t.path, "damaged.o");
	build(&t, &object);
	CU_ASSERT_EQUAL(bg_write_file(path, object.s, object.n), 0);
	CU_ASSERT(bg_object_opens(path));
	CU_ASSERT_EQUAL(bg_write_file(path, "no ELF", 6), 0);
	CU_ASSERT(bg_object_opens(path)); /* refused, which is no damage to us */
	n = damage(&object, path, MOST);
	printf(" (%u damages until libbpf died) ", n);
	CU_ASSERT(n > 0 || !libbpf_is_fragile());
	bg_str_done(&object);
	bg_tmpdir_done(&t);
}

static void figures_are_read(void)
{
	struct bg_load_stats s = { 0 };

	bg_load_read_stats("", &s);
	bg_load_read_stats("processed many insns\n", &s);
	bg_load_read_stats("0: (b7) r0 = 0\nprocessed 5 insns (limit 1000000) max_states_per_insn 0\ntotal_states 7 peak_states 8\n", &s);
	CU_ASSERT_FALSE(s.known);
	bg_load_read_stats("verification time 26 usec\nstack depth 8\nprocessed 256 insns (limit 1000000) max_states_per_insn 1 total_states 14 peak_states 13 mark_read 3\n", &s);
	CU_ASSERT(s.known && s.instructions == 256 && s.states == 14 && s.peak_states == 13 && s.max_states_per_insn == 1);
}

/* As in a sandbox that does not know bpf(): privileged or not, nothing can be loaded, and no program is blamed for it. */
static void a_system_without_bpf(void)
{
	struct sock_filter no_bpf[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { BG_ARRAY_SIZE(no_bpf), no_bpf };
	int status = -1;
	pid_t child = fork();

	CU_ASSERT_FATAL(child >= 0);
	if (!child) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
			_exit(2);
		_exit(bg_load_allowed(NULL) == -EPERM ? 0 : 1);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
}

int main(void)
{
	static const struct bg_test tests[] = { { "a damaged object is survived", a_damaged_object_is_survived },
						{ "the verifier's figures", figures_are_read },
						{ "a system without bpf()", a_system_without_bpf } };

	return BG_RUN_TESTS("load", tests);
}
