// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/fault.h"

#include <signal.h>

#include "core/log.h"

static unsigned count;
static bool armed;

static bool is_at(const char *variable)
{
	const char *s = getenv(variable);

	return s && *s && strtoul(s, NULL, 10) == count;
}

void bg_change_begin(void)
{
	count = 0;
	armed = true;
}

void bg_change_disarm(void)
{
	armed = false;
}

int bg_change(const char *step)
{
	count++;
	bg_trace("change %u: %s", count, step);
	if (is_at("BPFGRAFT_TEST_KILL_AT"))
		raise(SIGKILL);
	return armed && is_at("BPFGRAFT_TEST_FAIL_AT") ? -EIO : 0;
}
