// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Owns what counts as a unit's figures. */
#include "regress/regress.h"

static void add(json_t *to, const char *name, const json_t *from, const char *key)
{
	json_t *v = json_object_get(from, key);

	if (json_is_integer(v) || json_is_string(v))
		json_object_set(to, name, v);
	else if (json_is_boolean(v))
		json_object_set_new(to, name, json_string(json_is_true(v) ? "yes" : "no"));
}

json_t *bg_regress_figures(const json_t *report)
{
	const json_t *verifier = json_object_get(report, "verifier"), *harness = json_object_get(report, "harness");
	json_t *f = json_object();

	add(f, "instructions", report, "instructions");
	add(f, "verdict", json_object_get(report, "verdict"), "level");
	add(f, "loads", json_is_object(harness) ? harness : report, "loads");
	add(f, "verifier_instructions", verifier, "instructions");
	add(f, "states", verifier, "states");
	add(f, "peak_states", verifier, "peak_states");
	add(f, "max_states_per_insn", verifier, "max_states_per_insn");
	return f;
}
