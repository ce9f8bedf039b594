// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reading rule files. spatch takes one semantic patch, so the files of a set are joined: their 'virtual' lines become
 * one list at the top, and rule names carry their file's name, so that they do not clash.
 */
#include "transform/ruleset.h"

#include <dirent.h>
#include <jansson.h>

#include "core/fs.h"
#include "transform/diag_ids.h"
#include "transform/transform.h"

#define RULE_LIMIT (1u << 20) /* bytes of a rule file */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_dir(const char *dir, const char *suffix, struct bg_strv *ret)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d)))
		if (bg_safe_name(e->d_name) && bg_ends(e->d_name, suffix))
			bg_strv_add(ret, e->d_name);
	if (d)
		closedir(d);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
}

/* The rest of the line that starts with key, or NULL. Caller frees. */
static char *header(const char *text, const char *key)
{
	for (const char *p = text; *p == '/'; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : strchrnul(p, '\n'))
		if (bg_starts(p, key))
			return bg_strndup(p + strlen(key), (size_t)(strchrnul(p, '\n') - p) - strlen(key));
	return NULL;
}

static void read_virtuals(struct bg_rule *r)
{
	for (const char *p = r->text; p && *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : NULL)
		if (bg_starts(p, "virtual ")) {
			BG_CLEANUP(bg_freep) char *name = bg_strndup(p + 8, strcspn(p + 8, " \t\r\n;"));

			bg_strv_add(&r->virtuals, name);
		}
}

void bg_rule_forget_places(struct bg_rule *r)
{
	for (size_t i = 0; i < r->places.n; i++)
		free(r->places.v[i].copy);
	r->places.n = 0;
}

static void rule_done(struct bg_rule *r)
{
	free(r->name);
	free(r->set);
	free(r->path);
	free(r->says);
	free(r->confidence);
	free(r->from);
	free(r->to);
	free(r->diag);
	free(r->limits);
	free(r->requires);
	free(r->text);
	bg_strv_done(&r->virtuals);
	bg_rule_forget_places(r);
	bg_vec_done(&r->places);
}

static int read_rule(const char *dir, const char *set, const char *file, struct bg_diags *ds, struct bg_ruleset *ret)
{
	struct bg_str text = { 0 };
	struct bg_rule r = { .set = bg_strdup(set),
			     .path = bg_printf("%s/%s/%s", dir, set, file),
			     .name = bg_strndup(file, strlen(file) - strlen(".cocci")) };
	int err = bg_read_file(r.path, RULE_LIMIT, &text);

	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_RULES_BROKEN, BG_AT(r.path, 0, 0), "cannot read the rule: %s", why);
		rule_done(&r);
		return err;
	}
	r.text = bg_str_take(&text);
	r.says = header(r.text, "/// ");
	r.confidence = header(r.text, "// Confidence: ");
	r.from = header(r.text, "// From: ");
	r.to = header(r.text, "// To: ");
	r.diag = header(r.text, "// Diag: ");
	r.limits = header(r.text, "// Limits: ");
	r.requires = header(r.text, "// Requires: ");
	read_virtuals(&r);
	if (!r.says || !r.confidence || !r.from || !r.to || !r.diag || !r.limits ||
	    !bg_strv_has(&r.virtuals, "patch")) {
		bg_diag(ds, BG_ERROR, BG_ID_RULES_BROKEN, BG_AT(r.path, 1, 0),
			"the rule lacks its header ('///', Confidence, From, To, Diag, Limits, virtual patch)");
		rule_done(&r);
		return -EINVAL;
	}
	bg_vec_push(&ret->rules, r);
	return 0;
}

static int read_set(const char *dir, const char *set, struct bg_diags *ds, struct bg_ruleset *ret)
{
	BG_CLEANUP(bg_freep) char *folder = bg_join(dir, set);
	struct bg_strv files = { 0 };
	int err = 0;

	list_dir(folder, ".cocci", &files);
	for (size_t i = 0; i < files.n && !err; i++)
		err = read_rule(dir, set, files.v[i], ds, ret);
	if (!files.n)
		err = -ENOENT;
	bg_strv_done(&files);
	return err;
}

int bg_ruleset_read(const char *set, struct bg_diags *ds, struct bg_ruleset *ret)
{
	BG_CLEANUP(bg_freep) char *dir = bg_rules_dir();
	struct bg_strv sets = { 0 };
	int err = 0;

	if (!dir) {
		bg_diag(ds, BG_ERROR, BG_ID_DATA, BG_NOWHERE, "cannot find the rules folder");
		return -EINVAL;
	}
	if (set)
		return read_set(dir, set, ds, ret);
	list_dir(dir, "", &sets);
	for (size_t i = 0; i < sets.n && !err; i++) {
		err = read_set(dir, sets.v[i], ds, ret);
		err = err == -ENOENT ? 0 : err;
	}
	bg_strv_done(&sets);
	if (!err && !ret->rules.n) {
		bg_diag(ds, BG_ERROR, BG_ID_DATA, BG_AT(dir, 0, 0), "the rules folder holds no rules");
		err = -EINVAL;
	}
	return err;
}

bool bg_ruleset_exists(const char *from, const char *to)
{
	BG_CLEANUP(bg_freep)
	char *rules = bg_rules_dir(),
	     *folder = bg_printf("%s/%s-to-%s", rules ? rules : "rules", from, to);
	struct bg_strv files = { 0 };
	bool found;

	list_dir(folder, ".cocci", &files);
	found = files.n > 0;
	bg_strv_done(&files);
	return found;
}

void bg_ruleset_done(struct bg_ruleset *rs)
{
	for (size_t i = 0; i < rs->rules.n; i++)
		rule_done(&rs->rules.v[i]);
	bg_vec_done(&rs->rules);
}

char *bg_ruleset_combine(const struct bg_ruleset *rs)
{
	struct bg_strv virtuals = { 0 };
	struct bg_str b = { 0 };

	for (size_t i = 0; i < rs->rules.n; i++)
		for (size_t j = 0; j < rs->rules.v[i].virtuals.n; j++)
			if (!bg_strv_has(&virtuals, rs->rules.v[i].virtuals.v[j]))
				bg_strv_add(&virtuals, rs->rules.v[i].virtuals.v[j]);
	for (size_t i = 0; i < virtuals.n; i++)
		bg_str_addf(&b, "virtual %s\n", virtuals.v[i]);
	for (size_t i = 0; i < rs->rules.n; i++)
		for (const char *p = rs->rules.v[i].text; *p;) {
			size_t n = strcspn(p, "\n");

			if (!bg_starts(p, "virtual ")) {
				bg_str_addn(&b, p, n);
				bg_str_addc(&b, '\n');
			}
			p += p[n] ? n + 1 : n;
		}
	bg_strv_done(&virtuals);
	return bg_str_take(&b);
}

json_t *bg_transform_rules(struct bg_diags *ds)
{
	struct bg_ruleset rs = { 0 };
	json_t *list = NULL;

	if (bg_ruleset_read(NULL, ds, &rs) == 0) {
		list = json_array();
		for (size_t i = 0; i < rs.rules.n; i++) {
			const struct bg_rule *r = &rs.rules.v[i];

			json_array_append_new(list,
					      json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "set", r->set, "name",
							r->name, "says", r->says, "confidence", r->confidence, "from",
							r->from, "to", r->to, "diag", r->diag, "limits", r->limits));
		}
	}
	bg_ruleset_done(&rs);
	return list;
}
