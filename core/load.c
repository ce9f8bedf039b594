// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/load.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/log.h"
#include "core/parallel.h"

#define LOG_SIZE (16u << 20)    /* bytes; the verifier's log may have 4 GiB, libbpf first tries 64 KiB */
#define OPEN_SECONDS 10         /* more than any object takes */
#define LOG_STATS 4             /* BPF_LOG_STATS of include/linux/bpf_verifier.h, which is no UAPI header */
#define LOG_LINES 8             /* of the log shown as notes */

/* A kernel without it, and sandboxes and emulators that do not do it, say ENOSYS to whatever is asked. */
static bool has_bpf(void)
{
	return syscall(SYS_bpf, -1, NULL, 0) >= 0 || errno != ENOSYS;
}

int bg_load_allowed(struct bg_diags *ds)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	const char *lacks = "loading BPF programs needs CAP_BPF and CAP_NET_ADMIN, which this process lacks";
	uint64_t caps;

	if (syscall(SYS_capget, &head, data) == 0) {
		caps = data[0].effective | (uint64_t)data[1].effective << 32;
		if (caps >> CAP_SYS_ADMIN & 1 || (caps >> CAP_BPF & 1 && caps >> CAP_NET_ADMIN & 1))
			lacks = has_bpf() ? NULL : "this kernel, sandbox or emulator has no bpf() system call";
	}
	if (lacks && ds)
		bg_diag(ds, BG_ERROR, BG_ID_NO_PRIVILEGE, BG_NOWHERE, "%s", lacks);
	return lacks ? -EPERM : 0;
}

void bg_object_closep(struct bpf_object **obj)
{
	if (*obj)
		bpf_object__close(*obj);
	*obj = NULL;
}

static void open_and_close(void *path, size_t i, struct bg_str *out)
{
	(void)i;
	alarm(OPEN_SECONDS);
	bg_log_capture_start();
	bpf_object__close(bpf_object__open_file(path, NULL));
	free(bg_log_capture_take());
	bg_str_add(out, "survived");
}

bool bg_object_opens(const char *path)
{
	struct bg_parallel job = { .n = 1, .work = open_and_close, .ctx = (void *)path, .workers = 1 };
	struct bg_str said = { 0 };
	bool survived = bg_parallel_run(&job, &said) == 0 && said.n > 0;

	bg_str_done(&said);
	return survived;
}

/* The verifier ends its log with statistics; the lines that say why it stopped stand before them. */
static bool is_statistics(const char *line)
{
	return bg_starts(line, "processed ") || bg_starts(line, "verification time ") ||
	       bg_starts(line, "stack depth ");
}

const char *bg_load_last_words(const char *log)
{
	const char *last = "";

	for (const char *p = log; p && *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : NULL)
		if (*p != '\n' && !is_statistics(p))
			last = p;
	return last;
}

static bool number_behind(const char *line, const char *word, unsigned long long *ret)
{
	const char *end = strchrnul(line, '\n'), *at = memmem(line, (size_t)(end - line), word, strlen(word));

	at = at ? at + strlen(word) : end;
	at += *at == ' ';
	return bg_number(&at, ret);
}

void bg_load_read_stats(const char *log, struct bg_load_stats *ret)
{
	struct bg_load_stats s = { .known = true };

	for (const char *p = log; p && *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : NULL)
		if (bg_starts(p, "processed ") && number_behind(p, "processed", &s.instructions) &&
		    number_behind(p, "max_states_per_insn", &s.max_states_per_insn) &&
		    number_behind(p, "total_states", &s.states) && number_behind(p, "peak_states", &s.peak_states))
			*ret = s;
}

json_t *bg_load_stats_json(const struct bg_load_stats *s)
{
	if (!s->known)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "instructions", (json_int_t)s->instructions, "states",
			 (json_int_t)s->states, "peak_states", (json_int_t)s->peak_states, "max_states_per_insn",
			 (json_int_t)s->max_states_per_insn);
}

static void show_log(const char *log, struct bg_diags *ds)
{
	const char *lines[LOG_LINES] = { 0 };
	size_t n = 0;

	for (const char *p = log; p && *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : NULL)
		if (*p != '\n' && !is_statistics(p))
			lines[n++ % LOG_LINES] = p;
	for (size_t i = n > LOG_LINES ? n - LOG_LINES : 0; i < n; i++) {
		const char *p = lines[i % LOG_LINES];

		bg_diag(ds, BG_NOTE, BG_ID_LOAD_REJECTED, BG_NOWHERE, "%.*s", (int)(strchrnul(p, '\n') - p), p);
	}
}

static struct bpf_program *select_program(struct bpf_object *obj, const char *function, struct bg_loc at,
					  struct bg_diags *ds)
{
	struct bpf_program *prog = NULL, *p;
	size_t n = 0;

	bpf_object__for_each_program(p, obj) {
		bool wanted = !function || strcmp(bpf_program__name(p), function) == 0;

		bpf_program__set_autoload(p, wanted);
		if (wanted) {
			prog = p;
			n++;
		}
	}
	if (n == 1)
		return prog;
	if (function)
		bg_diag(ds, BG_ERROR, BG_ID_LOAD_OPEN, at, "the object has no program '%s'", function);
	else
		bg_diag(ds, BG_ERROR, BG_ID_LOAD_OPEN, at, "the object has %zu programs; one must be named", n);
	return NULL;
}

static int report_rejection(int err, char *log, const char *messages, const char *name, const struct bg_load_opts *o,
			    struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);
	struct bg_str all = { 0 };

	if ((err == -EPERM || err == -ENOSYS) && !*log && bg_load_allowed(ds))
		return -EPERM;
	bg_str_addf(&all, "%s\n%s\n", messages, log);
	if (o->log_path && bg_write_file(o->log_path, all.s, all.n) == 0)
		bg_diag(ds, BG_ERROR, BG_ID_LOAD_REJECTED, o->at, "the kernel rejected '%s': %s; whole log in '%s'",
			name, why, o->log_path);
	else
		bg_diag(ds, BG_ERROR, BG_ID_LOAD_REJECTED, o->at, "the kernel rejected '%s': %s", name, why);
	show_log(*log ? log : messages, ds);
	bg_str_done(&all);
	return -EACCES;
}

/* Whether maps of the object have contents from the start: then libbpf wants what these refer to. */
static bool has_initial_values(const char *object)
{
	static const char section[] = ".rel.maps";
	struct bg_str file = { 0 };
	bool found = bg_read_file(object, 0, &file) == 0 && memmem(file.s, file.n, section, sizeof(section));

	bg_str_done(&file);
	return found;
}

void bg_load_slots(struct bpf_object *obj, const char *object)
{
	struct bpf_program *p, *entry = NULL;
	bool calls = false;
	struct bpf_map *m;

	bpf_object__for_each_map(m, obj)
		calls |= bpf_map__type(m) == BPF_MAP_TYPE_PROG_ARRAY;
	bpf_object__for_each_program(p, obj)
		entry = bpf_program__autoload(p) ? p : entry;
	if (calls && entry && has_initial_values(object))
		bpf_object__for_each_program(p, obj)
			if (bpf_program__type(p) == bpf_program__type(entry))
				bpf_program__set_autoload(p, true);
}

int bg_load(const char *path, const char *function, const struct bg_load_opts *o, struct bg_diags *ds,
	    struct bpf_object **ret_obj, struct bpf_program **ret_prog)
{
	BG_CLEANUP(bg_freep) char *log = bg_alloc(LOG_SIZE), *messages = NULL;
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	struct bpf_map *map;
	int err;

	bg_log_capture_start();
	obj = bpf_object__open_file(path, NULL);
	if (!obj) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(-errno);

		messages = bg_log_capture_take();
		bg_diag(ds, BG_ERROR, BG_ID_LOAD_OPEN, o->at, "libbpf cannot open '%s': %s", bg_basename(path), why);
		show_log(messages, ds);
		return -EINVAL;
	}
	free(bg_log_capture_take());
	prog = select_program(obj, function, o->at, ds);
	if (!prog)
		return -EINVAL;
	bpf_object__for_each_map(map, obj)
		bpf_map__set_pin_path(map, NULL);
	if (o->hook) {
		enum bpf_prog_type type;
		enum bpf_attach_type attach;

		if (libbpf_prog_type_by_name(o->hook->section, &type, &attach) == 0 &&
		    bpf_program__type(prog) != type) {
			bpf_program__set_type(prog, type);
			bpf_program__set_expected_attach_type(prog, attach);
		}
	}
	if (o->prepare) {
		err = o->prepare(obj, o->prepare_arg, ds);
		if (err)
			return err;
	}
	bpf_program__set_log_buf(prog, log, LOG_SIZE);
	if (o->stats)
		bpf_program__set_log_level(prog, LOG_STATS);
	bg_log_capture_start();
	err = bpf_object__load(obj);
	messages = bg_log_capture_take();
	if (err)
		return report_rejection(err, log, messages, bpf_program__name(prog), o, ds);
	if (o->stats)
		bg_load_read_stats(log, o->stats);
	*ret_obj = BG_TAKE(obj);
	*ret_prog = prog;
	return 0;
}
