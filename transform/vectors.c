// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/vectors.h"

#include "core/bytes.h"
#include "core/yaml.h"
#include "transform/pcap.h"
#include "transform/verify_ids.h"

static void vector_done(struct bg_vector *v)
{
	free(v->name);
	free(v->in.bytes);
	free(v->verdict);
	free(v->out.bytes);
}

static void truncate_to(struct bg_vectors *vs, size_t n)
{
	while (vs->all.n > n)
		vector_done(&vs->all.v[--vs->all.n]);
}

void bg_vectors_done(struct bg_vectors *vs)
{
	truncate_to(vs, 0);
	bg_vec_done(&vs->all);
	bg_strv_done(&vs->files);
}

bool bg_vectors_add(struct bg_vectors *vs, const char *name, struct bg_loc at, const void *bytes, size_t len)
{
	struct bg_vector v = { .at = at };

	if (vs->all.n >= BG_VECTOR_MAX_COUNT)
		return false;
	v.name = bg_strdup(name);
	v.in.bytes = bg_alloc(len);
	v.in.len = len;
	memcpy(v.in.bytes, bytes, len);
	bg_vec_push(&vs->all, v);
	return true;
}

/* The place of a character in a scalar; right for scalars of one line without escapes, which packets are. */
static struct bg_loc place_in(const char *path, const struct bg_node *n, size_t offset)
{
	return BG_AT(path, n->line, n->col + !n->plain + (unsigned)offset);
}

/* Packet bytes from base64 (hex false) or hexadecimal text. */
static int read_bytes(const char *path, const struct bg_node *n, bool hex, struct bg_diags *ds, struct bg_packet *ret)
{
	struct bg_str b = { 0 };
	size_t at;

	if (n->kind != BG_NODE_SCALAR) {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_FORM, bg_node_at(path, n), "'%s' is text", n->key);
		return -EINVAL;
	}
	if ((hex ? bg_hex_decode : bg_base64_decode)(n->value, &b, &at)) {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_BYTES, place_in(path, n, at),
			n->value[at] ? "this is not %s" : "the %s ends too early", hex ? "hexadecimal" : "base64");
		bg_str_done(&b);
		return -EINVAL;
	}
	if (b.n == 0 || b.n > BG_VECTOR_MAX_PACKET) {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_LIMIT, bg_node_at(path, n),
			"a packet has 1 to %u bytes, this one %zu", BG_VECTOR_MAX_PACKET, b.n);
		bg_str_done(&b);
		return -EINVAL;
	}
	ret->len = b.n;
	ret->bytes = (unsigned char *)bg_str_take(&b);
	return 0;
}

/* One of two spellings of the same thing, base64 or hexadecimal; both at once are an error. */
static int read_either(const char *path, const struct bg_node *item, const char *base64, const char *hex, bool required,
		       struct bg_diags *ds, struct bg_packet *ret)
{
	const struct bg_node *b = bg_node_get(item, base64), *h = bg_node_get(item, hex);

	if (b && h) {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_FORM, bg_node_at(path, h), "'%s' and '%s' exclude each other",
			base64, hex);
		return -EINVAL;
	}
	if (!b && !h) {
		if (!required)
			return 0;
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_FORM, bg_node_at(path, item),
			"the vector has no packet: '%s' or '%s'", base64, hex);
		return -EINVAL;
	}
	return read_bytes(path, b ? b : h, h != NULL, ds, ret);
}

static int check_keys(const char *path, const struct bg_node *map, const char *const *known, struct bg_diags *ds)
{
	int err = 0;

	for (size_t i = 0; i < map->n_children; i++) {
		const struct bg_node *n = map->children[i];
		const char *const *k = known;

		while (*k && strcmp(*k, n->key) != 0)
			k++;
		if (*k)
			continue;
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_FORM, BG_AT(path, n->key_line, n->key_col), "unknown key '%s'",
			n->key);
		err = -EINVAL;
	}
	return err;
}

static int read_vector(const char *path, const struct bg_node *item, struct bg_diags *ds, struct bg_vector *ret)
{
	static const char *const keys[] = { "name", "in", "hex", "verdict", "out", "out_hex", NULL };
	const struct bg_node *name, *verdict;
	int err;

	if (item->kind != BG_NODE_MAP) {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_FORM, bg_node_at(path, item), "a vector is a mapping");
		return -EINVAL;
	}
	err = check_keys(path, item, keys, ds);
	name = bg_node_get(item, "name");
	if (!name || name->kind != BG_NODE_SCALAR || !*name->value) {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_FORM, bg_node_at(path, name ? name : item),
			"the vector has no name");
		err = -EINVAL;
	} else {
		ret->name = bg_strdup(name->value);
	}
	verdict = bg_node_get(item, "verdict");
	if (verdict && verdict->kind != BG_NODE_SCALAR) {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_FORM, bg_node_at(path, verdict), "'verdict' is a name or number");
		err = -EINVAL;
	} else if (verdict) {
		ret->verdict = bg_strdup(verdict->value);
		ret->verdict_at = bg_node_at(path, verdict);
	}
	ret->at = bg_node_at(path, item);
	if (read_either(path, item, "in", "hex", true, ds, &ret->in))
		err = -EINVAL;
	if (read_either(path, item, "out", "out_hex", false, ds, &ret->out))
		err = -EINVAL;
	return err;
}

static int read_document(struct bg_vectors *vs, const char *path, const struct bg_node *root, struct bg_diags *ds)
{
	static const char *const keys[] = { "vectors", NULL };
	const struct bg_node *list = bg_node_get(root, "vectors");
	int err;

	if (root->kind != BG_NODE_MAP || !list || list->kind != BG_NODE_LIST) {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_FORM, bg_node_at(path, list ? list : root),
			"a vector file is a mapping with a list called 'vectors'");
		return -EINVAL;
	}
	err = check_keys(path, root, keys, ds);
	if (vs->all.n + list->n_children > BG_VECTOR_MAX_COUNT) {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_LIMIT, bg_node_at(path, list), "more than %u packets",
			BG_VECTOR_MAX_COUNT);
		return -EINVAL;
	}
	for (size_t i = 0; i < list->n_children; i++) {
		struct bg_vector v = { 0 };

		if (read_vector(path, list->children[i], ds, &v)) {
			err = -EINVAL;
			vector_done(&v);
		} else {
			bg_vec_push(&vs->all, v);
		}
	}
	return err;
}

/* Keeps the path as long as the set lives: places point to it. */
static const char *keep_path(struct bg_vectors *vs, const char *path)
{
	bg_strv_add(&vs->files, path);
	return vs->files.v[vs->files.n - 1];
}

int bg_vectors_parse(struct bg_vectors *vs, const char *path, const char *text, size_t n, struct bg_diags *ds)
{
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *yaml = NULL;
	size_t before = vs->all.n;
	int err;

	err = bg_yaml_parse(path, text, n, BG_VECTOR_MAX_FILE, ds, &yaml);
	if (err)
		return err;
	err = read_document(vs, keep_path(vs, path), bg_yaml_root(yaml), ds);
	if (err)
		truncate_to(vs, before);
	return err;
}

int bg_vectors_load(struct bg_vectors *vs, const char *path, struct bg_diags *ds)
{
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *yaml = NULL;
	size_t before = vs->all.n;
	int err;

	if (bg_ends(path, ".pcap") || bg_ends(path, ".pcapng") || bg_ends(path, ".cap")) {
		err = bg_pcap_load(vs, keep_path(vs, path), ds);
	} else if (bg_ends(path, ".yaml") || bg_ends(path, ".yml")) {
		err = bg_yaml_load(path, BG_VECTOR_MAX_FILE, ds, &yaml);
		if (!err)
			err = read_document(vs, keep_path(vs, path), bg_yaml_root(yaml), ds);
	} else {
		bg_diag(ds, BG_ERROR, BG_ID_VECTOR_KIND, BG_AT(path, 0, 0),
			"a vector file ends in .yaml, .yml, .pcap, .pcapng or .cap");
		return -EINVAL;
	}
	if (err)
		truncate_to(vs, before);
	return err;
}
