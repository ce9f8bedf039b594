// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does not compile: for tests of how that is said. */
int broken(void)
{
	return undeclared;
}
