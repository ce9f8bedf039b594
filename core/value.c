// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/value.h"

#include <arpa/inet.h>

#include "core/bytes.h"

#define MAX_DEPTH 32 /* of nested types; YAML limits its own depth, but an anonymous member has no node there */

/* What stays the same while one value is encoded. */
struct encoder {
	const struct btf *btf;
	const char *path;
	struct bg_diags *ds;
};

static int encode(const struct encoder *e, int type_id, size_t size, const struct bg_node *node, void *buf);

BG_PRINTF(3, 4)
static int bad(const struct encoder *e, const struct bg_node *node, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bg_vdiag(e->ds, BG_ERROR, BG_ID_VALUE_TYPE, bg_node_at(e->path, node), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool has_colon_pairs(const char *s)
{
	return strlen(s) >= 5 && s[2] == ':';
}

/*
 * Text that stands for exactly size bytes whatever their type is: hexadecimal, or an address of that length. plain_hex:
 * whether "0x.." counts (for integers it is a number). False when it is none of these.
 */
static bool encode_bytes(const char *text, size_t size, bool plain_hex, void *buf)
{
	struct bg_str b = { 0 };
	size_t at;
	bool ok;

	if ((plain_hex && (bg_starts(text, "0x") || bg_starts(text, "0X"))) || has_colon_pairs(text)) {
		ok = bg_hex_decode(text, &b, &at) == 0 && b.n == size;
		if (ok)
			memcpy(buf, b.s, size);
		bg_str_done(&b);
		if (ok)
			return true;
	}
	if (size == 4)
		return inet_pton(AF_INET, text, buf) == 1;
	return size == 16 && inet_pton(AF_INET6, text, buf) == 1;
}

/* The bits [offset, offset + bits) of buf, counted as BTF does: from the least significant bit on little-endian
 * machines. */
static void put_bits(void *buf, unsigned offset, unsigned bits, uint64_t value)
{
	unsigned char *p = buf;

	for (unsigned i = 0; i < bits; i++) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		unsigned at = offset + i, shift = at % 8;
#else
		unsigned at = offset + bits - 1 - i, shift = 7 - at % 8;
#endif
		p[at / 8] = (unsigned char)((p[at / 8] & ~(1u << shift)) | (unsigned)(value >> i & 1) << shift);
	}
}

/* A number of the given width, range-checked; -EINVAL with a diagnostic. */
static int number(const struct encoder *e, const struct bg_node *node, unsigned bits, bool is_signed, uint64_t *ret)
{
	unsigned long long u;
	long long s;

	if (node->kind != BG_NODE_SCALAR)
		return bad(e, node, "a number is expected here");
	if (bg_node_u64(node, &u)) {
		if (bits - is_signed < 64 && u >> (bits - is_signed))
			return bad(e, node, "'%s' is out of range: %s of %u bits ends at %llu", node->value,
				   is_signed ? "a signed integer" : "an unsigned integer", bits,
				   (1ull << (bits - is_signed)) - 1);
		*ret = u;
		return 0;
	}
	if (!bg_node_int(node, &s))
		return bad(e, node, "'%s' is no number that fits this type", node->value);
	if (!is_signed)
		return bad(e, node, "'%s' is negative, the type is unsigned", node->value);
	if (bits < 64 && s < -(1ll << (bits - 1)))
		return bad(e, node, "'%s' is out of range: a signed integer of %u bits begins at %lld", node->value,
			   bits, -(1ll << (bits - 1)));
	*ret = (uint64_t)s;
	return 0;
}

/* Whether the type is spelled __be16, __be32 or __be64 on its way to the integer. */
static bool is_big_endian(const struct btf *btf, int type_id)
{
	const struct btf_type *t = btf__type_by_id(btf, (unsigned)type_id);

	for (int depth = 0; t && depth < MAX_DEPTH; depth++, t = btf__type_by_id(btf, t->type)) {
		if (!btf_is_typedef(t) && !btf_is_mod(t))
			return false;
		if (btf_is_typedef(t)) {
			const char *name = btf__name_by_offset(btf, t->name_off);

			if (bg_streq(name, "__be16") || bg_streq(name, "__be32") || bg_streq(name, "__be64"))
				return true;
		}
	}
	return false;
}

static uint64_t swap_if_little(uint64_t v, unsigned bytes)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap64(v) >> (64 - 8 * bytes);
#else
	(void)bytes;
	return v;
#endif
}

static int encode_int(const struct encoder *e, int type_id, const struct btf_type *t, const struct bg_node *node,
		      void *buf)
{
	unsigned encoding = btf_int_encoding(t), bits = btf_int_bits(t);
	bool truth;
	uint64_t v = 0;
	int err;

	if (node->kind == BG_NODE_SCALAR && encode_bytes(node->value, t->size, bits > 64, buf))
		return 0;
	if (bits > 64 || t->size > sizeof(v))
		return bad(e, node, "an integer of %u bits is written as hexadecimal bytes", bits);
	if (encoding & BTF_INT_BOOL && bg_node_bool(node, &truth)) {
		v = truth;
	} else {
		err = number(e, node, bits, encoding & BTF_INT_SIGNED, &v);
		if (err)
			return err;
		if (encoding & BTF_INT_BOOL && v > 1)
			return bad(e, node, "'%s' is neither true nor false", node->value);
	}
	if (is_big_endian(e->btf, type_id))
		v = swap_if_little(v, t->size);
	put_bits(buf, btf_int_offset(t), bits, v);
	return 0;
}

static int enum_value(const struct encoder *e, const struct btf_type *t, const struct bg_node *node, unsigned bits,
		      uint64_t *ret)
{
	unsigned long long u;
	long long s;

	if (node->kind != BG_NODE_SCALAR)
		return bad(e, node, "a name or number of '%s' is expected here",
			   btf__name_by_offset(e->btf, t->name_off));
	for (int i = 0; i < btf_vlen(t); i++) {
		unsigned name_off = btf_is_enum(t) ? btf_enum(t)[i].name_off : btf_enum64(t)[i].name_off;

		if (bg_streq(btf__name_by_offset(e->btf, name_off), node->value)) {
			*ret = btf_is_enum(t) ? (uint64_t)(int64_t)btf_enum(t)[i].val
					      : btf_enum64_value(&btf_enum64(t)[i]);
			return 0;
		}
	}
	if (bg_node_u64(node, &u) || bg_node_int(node, &s))
		return number(e, node, bits, btf_kflag(t), ret);
	return bad(e, node, "'%s' is no constant of enum '%s'", node->value, btf__name_by_offset(e->btf, t->name_off));
}

static int encode_enum(const struct encoder *e, const struct btf_type *t, const struct bg_node *node, void *buf)
{
	uint64_t v = 0;
	int err;

	if (node->kind == BG_NODE_SCALAR && encode_bytes(node->value, t->size, false, buf))
		return 0;
	err = enum_value(e, t, node, t->size * 8, &v);
	if (!err)
		put_bits(buf, 0, t->size * 8, v);
	return err;
}

/* Text into an array of char, with room for its final NUL. */
static int encode_text(const struct encoder *e, const struct bg_node *node, size_t n, void *buf)
{
	size_t len = strlen(node->value);

	if (len >= n)
		return bad(e, node, "the text has %zu characters, 'char[%zu]' takes %zu and its final NUL", len, n,
			   n - 1);
	memcpy(buf, node->value, len);
	return 0;
}

/* char is a signed 8-bit integer in clang's BTF (or has the CHAR encoding), __u8 an unsigned one. */
static bool is_char(const struct btf *btf, int type_id)
{
	int id = btf__resolve_type(btf, (unsigned)type_id);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (unsigned)id) : NULL;

	return t && btf_is_int(t) && t->size == 1 && (btf_int_encoding(t) & (BTF_INT_CHAR | BTF_INT_SIGNED)) &&
	       strstr(btf__name_by_offset(btf, t->name_off), "char");
}

static int encode_array(const struct encoder *e, const struct btf_type *t, size_t size, const struct bg_node *node,
			void *buf)
{
	const struct btf_array *a = btf_array(t);
	size_t elem = a->nelems ? size / a->nelems : 0;
	int err = 0;

	if (node->kind == BG_NODE_SCALAR) {
		if (encode_bytes(node->value, size, true, buf))
			return 0;
		if (is_char(e->btf, (int)a->type) && a->nelems)
			return encode_text(e, node, a->nelems, buf);
		return bad(e, node,
			   "'%s' is neither %zu hexadecimal bytes nor an address of that length; the type is an array "
			   "of %u",
			   node->value, size, a->nelems);
	}
	if (node->kind != BG_NODE_LIST)
		return bad(e, node, "a list is expected here: the type is an array of %u", a->nelems);
	if (node->n_children > a->nelems)
		return bad(e, node, "the list has %zu elements, the array %u", node->n_children, a->nelems);
	for (size_t i = 0; i < node->n_children; i++)
		if (encode(e, (int)a->type, elem, node->children[i], (char *)buf + i * elem))
			err = -EINVAL;
	return err;
}

/* The member called name, those of anonymous structs and unions included; *ret_bits is its offset in the outermost
 * type. */
static const struct btf_type *find_member(const struct btf *btf, const struct btf_type *t, const char *name, int depth,
					  int *ret_index, unsigned *ret_bits)
{
	if (depth > MAX_DEPTH)
		return NULL;
	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *n = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *inner, *found;
		int id;

		if (n && *n) {
			if (strcmp(n, name) != 0)
				continue;
			*ret_index = i;
			*ret_bits = btf_member_bit_offset(t, i);
			return t;
		}
		id = btf__resolve_type(btf, m->type);
		inner = id > 0 ? btf__type_by_id(btf, (unsigned)id) : NULL;
		if (!inner || !btf_is_composite(inner))
			continue;
		found = find_member(btf, inner, name, depth + 1, ret_index, ret_bits);
		if (found) {
			*ret_bits += btf_member_bit_offset(t, i);
			return found;
		}
	}
	return NULL;
}

static void list_members(const struct btf *btf, const struct btf_type *t, int depth, struct bg_str *to)
{
	for (int i = 0; i < btf_vlen(t) && depth < MAX_DEPTH; i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *n = btf__name_by_offset(btf, m->name_off);
		int id = btf__resolve_type(btf, m->type);
		const struct btf_type *inner = id > 0 ? btf__type_by_id(btf, (unsigned)id) : NULL;

		if (n && *n)
			bg_str_addf(to, "%s%s", to->n ? ", " : "", n);
		else if (inner && btf_is_composite(inner))
			list_members(btf, inner, depth + 1, to);
	}
}

static int encode_bitfield(const struct encoder *e, int type_id, unsigned offset, unsigned bits,
			   const struct bg_node *node, void *buf)
{
	int id = btf__resolve_type(e->btf, (unsigned)type_id), err;
	const struct btf_type *t = id > 0 ? btf__type_by_id(e->btf, (unsigned)id) : NULL;
	bool truth;
	uint64_t v = 0;

	if (!t || bits > 64)
		return bad(e, node, "bpfgraft cannot fill a bit field of this type");
	if (btf_is_any_enum(t)) {
		err = enum_value(e, t, node, bits, &v);
		if (!err && !btf_kflag(t) && bits < 64 && v >> bits)
			err = bad(e, node, "'%s' does not fit into %u bits", node->value, bits);
	} else if (btf_is_int(t) && btf_int_encoding(t) & BTF_INT_BOOL && bg_node_bool(node, &truth)) {
		v = truth;
		err = 0;
	} else {
		err = number(e, node, bits, btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED, &v);
	}
	if (!err)
		put_bits(buf, offset, bits, v);
	return err;
}

static int encode_member(const struct encoder *e, const struct btf_type *outer, size_t size,
			 const struct bg_node *value, void *buf)
{
	const struct btf_type *t;
	unsigned offset, bits;
	int i, type_id;
	long long n;

	t = find_member(e->btf, outer, value->key, 0, &i, &offset);
	if (!t) {
		BG_CLEANUP(bg_freep) char *known = NULL;
		struct bg_str b = { 0 };

		list_members(e->btf, outer, 0, &b);
		known = bg_str_take(&b);
		bg_diag(e->ds, BG_ERROR, BG_ID_VALUE_FIELD, BG_AT(e->path, value->key_line, value->key_col),
			"'%s' has no field '%s'; it has: %s", btf__name_by_offset(e->btf, outer->name_off), value->key,
			known);
		return -EINVAL;
	}
	type_id = (int)btf_members(t)[i].type;
	bits = btf_member_bitfield_size(t, i);
	if (bits) {
		if ((size_t)offset + bits > size * 8)
			return bad(e, value, "the BTF of field '%s' is broken", value->key);
		return encode_bitfield(e, type_id, offset, bits, value, buf);
	}
	n = btf__resolve_size(e->btf, (unsigned)type_id);
	if (n < 0 || offset % 8 || offset / 8 + (size_t)n > size)
		return bad(e, value, "field '%s' has no size that bpfgraft can fill", value->key);
	return encode(e, type_id, (size_t)n, value, (char *)buf + offset / 8);
}

static int encode_composite(const struct encoder *e, const struct btf_type *t, size_t size, const struct bg_node *node,
			    void *buf)
{
	const char *kind = btf_is_union(t) ? "union" : "struct", *name = btf__name_by_offset(e->btf, t->name_off);
	int err = 0;

	if (node->kind == BG_NODE_SCALAR) {
		if (encode_bytes(node->value, size, true, buf))
			return 0;
		return bad(e, node, "'%s' is neither a mapping by the fields of %s '%s' nor %zu hexadecimal bytes",
			   node->value, kind, name, size);
	}
	if (node->kind != BG_NODE_MAP)
		return bad(e, node, "a mapping by the fields of %s '%s' is expected here", kind, name);
	if (btf_is_union(t) && node->n_children > 1)
		return bad(e, node, "only one field of union '%s' can be given", name);
	for (size_t i = 0; i < node->n_children; i++)
		if (encode_member(e, t, size, node->children[i], buf))
			err = -EINVAL;
	return err;
}

static int encode_untyped(const struct encoder *e, size_t size, const struct bg_node *node, void *buf)
{
	unsigned bits = (unsigned)size * 8;
	uint64_t v = 0;
	int err;

	if (node->kind != BG_NODE_SCALAR)
		return bad(e, node, "the object says nothing of this type: write %zu hexadecimal bytes%s", size,
			   size <= 8 ? " or a number" : "");
	if (size == 1 || size == 2 || size == 4 || size == 8) {
		if (encode_bytes(node->value, size, false, buf))
			return 0;
		err = number(e, node, bits, node->value[0] == '-', &v);
		if (!err)
			put_bits(buf, 0, bits, v);
		return err;
	}
	if (encode_bytes(node->value, size, true, buf))
		return 0;
	return bad(e, node, "'%s' is not %zu hexadecimal bytes; the object says nothing else of this type", node->value,
		   size);
}

static int encode(const struct encoder *e, int type_id, size_t size, const struct bg_node *node, void *buf)
{
	int id = btf__resolve_type(e->btf, (unsigned)type_id);
	const struct btf_type *t = id > 0 ? btf__type_by_id(e->btf, (unsigned)id) : NULL;
	long long n = t ? btf__resolve_size(e->btf, (unsigned)id) : -1;

	if (!t || n < 0 || (size_t)n != size)
		return bad(e, node, "the BTF of this value's type is broken, or not %zu bytes long", size);
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return encode_int(e, type_id, t, node, buf);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return encode_enum(e, t, node, buf);
	case BTF_KIND_ARRAY:
		return encode_array(e, t, size, node, buf);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return encode_composite(e, t, size, node, buf);
	case BTF_KIND_PTR:
		return bad(e, node, "a pointer has no value that a spec could state");
	default:
		return bad(e, node, "bpfgraft cannot fill a value of this kind of type");
	}
}

int bg_value_encode(const struct btf *btf, int type_id, size_t size, const struct bg_node *node, const char *path,
		    struct bg_diags *ds, void *buf)
{
	struct encoder e = { .btf = btf, .path = path, .ds = ds };

	memset(buf, 0, size);
	return btf && type_id > 0 ? encode(&e, type_id, size, node, buf) : encode_untyped(&e, size, node, buf);
}
