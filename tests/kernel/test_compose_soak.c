// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What only length shows: chains replaced by the hundred under load, a thousand times attached and detached, TCP through a
 * chain that changes. Prints Markdown tables. Arguments: how many swaps, cycles and reloads; none: a few of each. Or how many swaps, and a part
 * of the names of ways of attaching: those, and swaps only.
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "soak.h"

void *soak_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

bool soak_lacking(struct fixture *f, const char *text)
{
	json_t *diags = NULL;
	bool lacking = compose(f, CALL_PLAN, text, NULL, &diags) == BG_EXIT_ENV && has_diag(diags, BG_ID_COMPOSE_MECHANISM, "error");

	json_decref(diags);
	return lacking;
}

static unsigned number(char **argv, int argc, int i, unsigned otherwise)
{
	unsigned n = i < argc ? (unsigned)strtoul(argv[i], NULL, 10) : otherwise;

	return n ? n : otherwise;
}

/* What glibc keeps for each thread counts as used, and would look like a leak: started once more without that. */
static void count_every_byte(char **argv)
{
	if (getenv("GLIBC_TUNABLES"))
		return;
	setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
	execv("/proc/self/exe", argv);
	abort();
}

/* Two at once would take each other's objects for leaks. The lock ends with the process. */
static void wait_for_others(void)
{
	int fd = open("/sys/kernel", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX))
		abort();
}

int main(int argc, char **argv)
{
	struct fixture fix;
	unsigned broken;
	bool swaps_only;
	int rc;

	count_every_byte(argv);
	wait_for_others();
	rc = fixture_start(&fix);
	if (rc)
		return rc;
	swaps_only = argc == 3 && !strtoul(argv[2], NULL, 10);
	broken = soak_swaps(&fix, number(argv, argc, 1, 20), swaps_only ? argv[2] : "");
	if (!swaps_only) {
		broken += soak_leaks(&fix, number(argv, argc, 2, 50));
		broken += soak_tcp(&fix, number(argv, argc, 3, 5));
	}
	fixture_stop(&fix);
	if (broken)
		printf("%u do not hold\n", broken);
	return broken ? 1 : 0;
}
