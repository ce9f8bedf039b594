// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* From a packet that shows a difference to the smallest one that shows a difference of the same kind (Zeller's delta
 * debugging, simplified). */
#include "transform/verify_inside.h"

#include "core/bytes.h"
#include "core/fs.h"
#include "transform/fields.h"
#include "transform/verify_ids.h"

#define BUDGET 2000u /* packets that are tried */
#define SHOWN  128u  /* bytes of it in the message; the report has all */

struct reducer {
	struct bg_verify *verify;
	struct bg_round *round;
	struct bg_difference *what;
	unsigned tried;
};

/* Whether a packet still shows it. */
static bool shows(struct reducer *r, const struct bg_packet *p)
{
	return r->tried++ < BUDGET && bg_verify_takes(r->verify, p, NULL) &&
	       bg_verify_outcome(r->verify, r->round, p, r->what->aside) == r->what->kind;
}

/* As short as it can be: parts are cut from the end, ever smaller ones. */
static void shorten(struct reducer *r, struct bg_packet *p)
{
	for (size_t part = p->len / 2; part > 0; part /= 2)
		while (p->len > part) {
			struct bg_packet shorter = { p->bytes, p->len - part };

			if (!shows(r, &shorter))
				break;
			*p = shorter;
		}
}

/* As empty as it can be: parts are set to zero, ever smaller ones. */
static void empty(struct reducer *r, struct bg_packet *p)
{
	BG_CLEANUP(bg_freep) unsigned char *kept = bg_alloc(p->len);

	for (size_t part = p->len / 2; part > 0; part /= 2)
		for (size_t at = 0; at < p->len; at += part) {
			size_t n = p->len - at < part ? p->len - at : part;
			bool any = false;

			for (size_t i = 0; i < n; i++)
				any |= p->bytes[at + i] != 0;
			memcpy(kept, p->bytes + at, n);
			memset(p->bytes + at, 0, n);
			if (any && !shows(r, p))
				memcpy(p->bytes + at, kept, n);
		}
}

static const char *kind_name(const struct bg_difference *d)
{
	return d->aside			     ? "tag"
	       : d->kind == BG_MATCH_VERDICT ? "verdict"
	       : d->kind == BG_MATCH_LENGTH  ? "length"
	       : d->kind == BG_MATCH_TARGET  ? "target"
	       : d->kind == BG_MATCH_BYTES   ? "bytes"
					     : "protocol";
}

static char *hex_of(const struct bg_packet *p, size_t n)
{
	struct bg_str b = { 0 };

	for (size_t i = 0; i < n && i < p->len; i++)
		bg_str_addf(&b, "%02x", p->bytes[i]);
	return bg_str_take(&b);
}

/* A vectors file with this one packet, which '--vectors' reads. */
static void write_vector(struct bg_verify *s, const struct bg_difference *d, const char *hex)
{
	BG_CLEANUP(bg_freep) char *path = bg_printf("%s/verify-smallest.yaml", s->job->log_dir);
	BG_CLEANUP(bg_freep)
	char *text = bg_printf(
		"# The smallest packet that shows a difference of the kind '%s'; contents of maps before it: %s.\n"
		"vectors:\n  - name: \"smallest\"\n    hex: \"%s\"\n",
		kind_name(d), d->contents, hex);

	if (bg_write_file(path, text, strlen(text)))
		bg_diag(s->ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the smallest packet");
}

static json_t *smallest(struct bg_verify *s, struct reducer *r, const struct bg_packet *p)
{
	BG_CLEANUP(bg_freep) char *hex = hex_of(p, p->len), *some = hex_of(p, SHOWN);
	const struct bg_difference *d = r->what;

	if (s->job->log_dir)
		write_vector(s, d, hex);
	bg_diag(s->ds, BG_NOTE, BG_ID_VERIFY_SMALLEST, BG_NOWHERE,
		"the smallest packet that shows it has %zu bytes: %s%s", p->len, some, p->len > SHOWN ? "..." : "");
	return json_pack("{s:s, s:s, s:I, s:s, s:I}", "kind", kind_name(d), "contents", d->contents, "len",
			 (json_int_t)p->len, "hex", hex, "tried", (json_int_t)r->tried);
}

json_t *bg_verify_reduce(struct bg_verify *s, struct bg_round *round)
{
	struct bg_difference *d = &s->first;
	struct reducer r = { .verify = s, .round = round, .what = d };
	struct bg_packet p = { bg_alloc(d->packet.len), d->packet.len };
	json_t *ret = NULL;

	memcpy(p.bytes, d->packet.bytes, p.len);
	if (shows(&r, &p)) {
		shorten(&r, &p);
		empty(&r, &p);
		ret = smallest(s, &r, &p);
	} else {
		bg_diag(s->ds, BG_NOTE, BG_ID_VERIFY_SMALLEST, BG_NOWHERE,
			"the packet alone does not show it: those before it matter");
	}
	free(p.bytes);
	return ret;
}
