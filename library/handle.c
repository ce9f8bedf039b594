// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The handles of the public library: settings, specs, results. This runs in the caller's process, so memory that runs
 * out is an error here: nothing of core/ that ends the process is used.
 */
#include "library/handle.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "compose/compose.h"
#include "core/base.h"
#include "library/bpfgraft.h"
#include "library/diag_ids.h"

struct bpfgraft_result {
	char *text;
	json_t *doc;
	const json_t *diagnostics; /* in doc */
};

const char *bpfgraft_version(void)
{
	return BG_VERSION;
}

struct bpfgraft *bpfgraft_new(void)
{
	struct bpfgraft *b = calloc(1, sizeof(*b));

	if (b)
		b->log = -1;
	return b;
}

void bpfgraft_free(struct bpfgraft *b)
{
	if (b) {
		free(b->output);
		free(b->registry);
	}
	free(b);
}

static int set_flag(bool *flag, const char *value)
{
	bool yes = value && strcmp(value, "yes") == 0;

	if (value && !yes && strcmp(value, "no") != 0)
		return -EINVAL;
	*flag = yes;
	return 0;
}

static int set_text(char **text, const char *value, const char *refused)
{
	char *copy;

	if (value && (!*value || value[strcspn(value, refused)]))
		return -EINVAL;
	copy = value ? strdup(value) : NULL;
	if (value && !copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int set_emit(struct bpfgraft *b, const char *value)
{
	static const struct {
		const char *word;
		enum bg_emit what;
	} words[] = { { "bpfman", BG_EMIT_BPFMAN }, { "l3af", BG_EMIT_L3AF }, { "skeleton", BG_EMIT_SKELETON } };
	unsigned emit = 0;

	while (value) {
		size_t n = strcspn(value, ","), i = 0;

		while (i < sizeof(words) / sizeof(words[0]) &&
		       (strlen(words[i].word) != n || strncmp(words[i].word, value, n) != 0))
			i++;
		if (i == sizeof(words) / sizeof(words[0]))
			return -EINVAL;
		emit |= words[i].what;
		value = value[n] ? value + n + 1 : NULL;
	}
	b->emit = emit;
	return 0;
}

static int set_log(struct bpfgraft *b, const char *value)
{
	char *end = NULL;
	long fd = value ? strtol(value, &end, 10) : -1;

	if (value && (end == value || *end || fd < 0 || fd > 1 << 30))
		return -EINVAL;
	b->log = (int)fd;
	return 0;
}

static int set_verbosity(struct bpfgraft *b, const char *value)
{
	static const char *const names[] = { "quiet", "progress", "debug", "trace" }; /* enum bg_log_level */

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!value || strcmp(value, names[i]) == 0) {
			b->verbosity = (enum bg_log_level)i;
			return 0;
		}
	return -EINVAL;
}

int bpfgraft_set(struct bpfgraft *b, const char *option, const char *value)
{
	if (!b || !option)
		return -EINVAL;
	if (strcmp(option, "output") == 0)
		return set_text(&b->output, value, "");
	if (strcmp(option, "offline") == 0)
		return set_flag(&b->offline, value);
	if (strcmp(option, "locked") == 0)
		return set_flag(&b->locked, value);
	if (strcmp(option, "emit") == 0)
		return set_emit(b, value);
	if (strcmp(option, "registry") == 0)
		return set_text(&b->registry, value, " \t\r\n\"'#");
	if (strcmp(option, "log") == 0)
		return set_log(b, value);
	return strcmp(option, "verbosity") == 0 ? set_verbosity(b, value) : -EINVAL;
}

static struct bpfgraft_spec *spec_new(const char *path)
{
	struct bpfgraft_spec *s;

	if (!path || !*path) {
		errno = EINVAL;
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (s)
		s->path = strdup(path);
	if (s && s->path)
		return s;
	free(s);
	errno = ENOMEM;
	return NULL;
}

struct bpfgraft_spec *bpfgraft_spec_from_file(const char *path)
{
	return spec_new(path);
}

struct bpfgraft_spec *bpfgraft_spec_from_memory(const char *text, size_t n, const char *path)
{
	struct bpfgraft_spec *s = NULL;

	if (text)
		s = spec_new(path);
	else
		errno = EINVAL;
	if (!s)
		return NULL;
	s->text = malloc(n + 1);
	if (!s->text) {
		bpfgraft_spec_free(s);
		errno = ENOMEM;
		return NULL;
	}
	memcpy(s->text, text, n);
	s->text[n] = '\0';
	s->size = n;
	return s;
}

void bpfgraft_spec_free(struct bpfgraft_spec *s)
{
	if (s) {
		free(s->path);
		free(s->text);
	}
	free(s);
}

int bg_result_take(char *text, size_t size, struct bpfgraft_result **ret)
{
	struct bpfgraft_result *r = calloc(1, sizeof(*r));
	json_error_t why = { 0 };

	if (r && size && text[size - 1] == '\n') {
		text[--size] = '\0';
		r->doc = json_loadb(text, size, 0, &why);
		r->diagnostics = json_object_get(r->doc, "diagnostics");
	}
	if (r && r->doc) {
		r->text = text;
		*ret = r;
		return 0;
	}
	free(text);
	free(r);
	return !r || json_error_code(&why) == json_error_out_of_memory ? -ENOMEM : -EIO;
}

int bg_result_of_dead(const char *name, int status, struct bpfgraft_result **ret)
{
	int sig = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	bool by_others = sig == SIGKILL || sig == SIGTERM || sig == SIGINT || sig == SIGHUP;
	char *text = NULL;
	int n;

	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == BG_EXIT_BUG)
		return -ENOMEM; /* bg_oom() */
	n = asprintf(&text,
		     "{\"schema\":\"bpfgraft.cli.%s/"
		     "1\",\"exit\":%d,\"diagnostics\":[{\"id\":\"BG%04d\",\"severity\":\"error\",\"message\":"
		     "\"the process that did the work ended before it was done (signal %d); 'repair' clears what it "
		     "may have left\","
		     "\"path\":null,\"line\":null,\"col\":null,\"question\":null}]}\n",
		     name, by_others ? BG_EXIT_ENV : BG_EXIT_BUG, BG_ID_WORK_ENDED, sig);
	return n < 0 ? -ENOMEM : bg_result_take(text, (size_t)n, ret);
}

void bpfgraft_result_free(struct bpfgraft_result *r)
{
	if (r) {
		free(r->text);
		json_decref(r->doc);
	}
	free(r);
}

int bpfgraft_result_outcome(const struct bpfgraft_result *r)
{
	return r ? (int)json_integer_value(json_object_get(r->doc, "exit")) : 0;
}

const char *bpfgraft_result_json(const struct bpfgraft_result *r)
{
	return r ? r->text : NULL;
}

size_t bpfgraft_result_count(const struct bpfgraft_result *r)
{
	return r ? json_array_size(r->diagnostics) : 0;
}

static const json_t *field(const struct bpfgraft_result *r, size_t i, const char *key)
{
	return r ? json_object_get(json_array_get(r->diagnostics, i), key) : NULL;
}

const char *bpfgraft_result_id(const struct bpfgraft_result *r, size_t i)
{
	return json_string_value(field(r, i, "id"));
}

const char *bpfgraft_result_severity(const struct bpfgraft_result *r, size_t i)
{
	return json_string_value(field(r, i, "severity"));
}

const char *bpfgraft_result_message(const struct bpfgraft_result *r, size_t i)
{
	return json_string_value(field(r, i, "message"));
}

const char *bpfgraft_result_path(const struct bpfgraft_result *r, size_t i)
{
	return json_string_value(field(r, i, "path"));
}

unsigned bpfgraft_result_line(const struct bpfgraft_result *r, size_t i)
{
	return (unsigned)json_integer_value(field(r, i, "line"));
}

unsigned bpfgraft_result_col(const struct bpfgraft_result *r, size_t i)
{
	return (unsigned)json_integer_value(field(r, i, "col"));
}

unsigned bpfgraft_result_question(const struct bpfgraft_result *r, size_t i)
{
	return (unsigned)json_integer_value(field(r, i, "question"));
}
