/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The same comparison on other kernels, each in a virtual machine: whether original and port load there, whether the
 * packets of this run come out equal, and what the verifier had to do. And the verifier's figures on this kernel.
 */
#ifndef BG_KERNELS_H
#define BG_KERNELS_H

#include "transform/verify_inside.h"

/*
 * {original, port}: each {instructions, states, peak_states, max_states_per_insn} as the verifier counted them on the running kernel, or
 * null where it did not load or did not say. New reference.
 */
json_t *bg_kernels_figures(const struct bg_verify *s);
/*
 * The job's kernels one after the other, on the packets that s has run (at most BG_KERNELS_PACKETS of them). Sets
 * *ret_rows to a list of {kernel, release, loads, cause, equal, packets, different, verifier, why}. BG_EXIT_OK when all
 * agree; BG_EXIT_NO when one does not load a program that loads here, or differs; BG_EXIT_ENV when a machine could not
 * be had, or ended without a result.
 */
enum bg_exit bg_kernels_run(const struct bg_verify *s, json_t **ret_rows);

#define BG_KERNELS_PACKETS 500u

#endif
