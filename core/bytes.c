// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/bytes.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int bg_hex_decode(const char *text, struct bg_str *ret, size_t *ret_bad)
{
	const char *p = text;

	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		p += 2;
	do {
		int high = hex_digit(p[0]), low = high < 0 ? -1 : hex_digit(p[1]);

		if (low < 0) {
			*ret_bad = (size_t)(p - text) + (high >= 0);
			return -EINVAL;
		}
		bg_str_addc(ret, (char)(high << 4 | low));
		p += 2;
		if ((*p == ':' || *p == ' ') && p[1])
			p++;
	} while (*p);
	return 0;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* How many of the four characters carry bits: 4, or 3 or 2 before the padding that ends the text; 0 when it is no valid
 * group. */
static unsigned group(const char *p, uint32_t *ret_bits, size_t *ret_bad)
{
	unsigned n = 0;

	*ret_bits = 0;
	while (n < 4 && base64_digit(p[n]) >= 0) {
		*ret_bits |= (uint32_t)base64_digit(p[n]) << (18 - 6 * n);
		n++;
	}
	*ret_bad = n;
	if (n == 4)
		return 4;
	if (n < 2 || p[n] != '=')
		return 0;
	for (*ret_bad = n; *ret_bad < 4; (*ret_bad)++)
		if (p[*ret_bad] != '=')
			return 0;
	if (p[4])
		return 0; /* text after the padding */
	*ret_bad = n - 1;
	return *ret_bits & (n == 2 ? 0xffffu : 0xffu) ? 0 : n;
}

int bg_base64_decode(const char *text, struct bg_str *ret, size_t *ret_bad)
{
	for (const char *p = text; *p; p += 4) {
		uint32_t bits;
		size_t bad;
		unsigned n = group(p, &bits, &bad);

		if (!n) {
			*ret_bad = (size_t)(p - text) + bad;
			return -EINVAL;
		}
		bg_str_addn(ret, (const char[]){ (char)(bits >> 16), (char)(bits >> 8), (char)bits }, n - 1);
	}
	return 0;
}

char *bg_hex_text(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	struct bg_str b = { 0 };

	for (size_t i = 0; i < n; i++)
		bg_str_addf(&b, i ? " %02x" : "%02x", p[i]);
	return bg_str_take(&b);
}

char *bg_base64_text(const void *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = bytes;
	struct bg_str s = { 0 };

	for (size_t i = 0; i < n; i += 3) {
		uint32_t three =
			(uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) | (i + 2 < n ? p[i + 2] : 0);

		bg_str_addc(&s, digits[three >> 18]);
		bg_str_addc(&s, digits[three >> 12 & 63]);
		bg_str_addc(&s, i + 1 < n ? digits[three >> 6 & 63] : '=');
		bg_str_addc(&s, i + 2 < n ? digits[three & 63] : '=');
	}
	return bg_str_take(&s);
}
