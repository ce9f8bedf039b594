// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Only in builds that count lines (BG_COVERAGE): _exit() writes the counters first, as exit() would. The linker puts it
 * in _exit()'s place (--wrap): the program and the children that it forks end by _exit(), and what they ran would count
 * as never run. What a signal kills stays uncounted.
 */
void __gcov_dump(void); /* gcov.h has it, which only gcc brings */
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

_Noreturn void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
