// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/pcap.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "transform/verify_ids.h"

/*
 * libpcap is loaded when a capture is read and not before: it brings eight libraries along, whose loading takes a third
 * of the time in which the other commands have started.
 */
#define PCAP_FUNCTIONS(X)                                                                                              \
	X(pcap_close) X(pcap_datalink) X(pcap_datalink_val_to_name) X(pcap_fopen_offline) X(pcap_geterr) X(pcap_next_ex)

static struct {
#define X(name) __typeof__(name) *name;
	PCAP_FUNCTIONS(X)
#undef X
} lib;

static int load_library(struct bg_diags *ds)
{
	void *handle = dlopen("libpcap.so.0.8", RTLD_LAZY | RTLD_LOCAL);

	if (!handle)
		handle = dlopen("libpcap.so.1", RTLD_LAZY | RTLD_LOCAL);
#define X(name) \
	if (handle) \
		*(void **)&lib.name = dlsym(handle, #name); \
	if (!lib.name) { \
		bg_diag(ds, BG_ERROR, BG_ID_TOOL_MISSING, BG_NOWHERE, "cannot load libpcap: %s", dlerror()); \
		return -ENOSYS; \
	}
	PCAP_FUNCTIONS(X)
#undef X
	return 0;
}

static void close_pcap(pcap_t **p)
{
	if (*p)
		lib.pcap_close(*p);
	*p = NULL;
}

static int read_packets(struct bg_vectors *vs, const char *path, pcap_t *p, struct bg_diags *ds)
{
	struct pcap_pkthdr *head;
	const u_char *bytes;
	size_t n = 0, snapped = 0;
	int rc;

	while ((rc = lib.pcap_next_ex(p, &head, &bytes)) == 1) {
		BG_CLEANUP(bg_freep) char *name = bg_printf("%s #%zu", bg_basename(path), ++n);

		if (head->caplen < head->len) {
			snapped++;
			continue;
		}
		if (head->caplen == 0 || head->caplen > BG_VECTOR_MAX_PACKET) {
			bg_diag(ds, BG_ERROR, BG_ID_VECTOR_LIMIT, BG_AT(path, 0, 0),
				"a packet has 1 to %u bytes, packet %zu has %u", BG_VECTOR_MAX_PACKET, n, head->caplen);
			return -EINVAL;
		}
		if (!bg_vectors_add(vs, name, BG_AT(path, 0, 0), bytes, head->caplen)) {
			bg_diag(ds, BG_ERROR, BG_ID_VECTOR_LIMIT, BG_AT(path, 0, 0), "more than %u packets",
				BG_VECTOR_MAX_COUNT);
			return -EINVAL;
		}
	}
	if (rc != PCAP_ERROR_BREAK) { /* which is how libpcap calls the regular end of a file */
		bg_diag(ds, BG_ERROR, BG_ID_PCAP_READ, BG_AT(path, 0, 0),
			"cannot read the capture after packet %zu: %s", n, lib.pcap_geterr(p));
		return -EINVAL;
	}
	if (snapped)
		bg_diag(ds, BG_WARNING, BG_ID_PCAP_SNAPPED, BG_AT(path, 0, 0),
			"%zu of %zu packets were cut by the capture, leaving them out", snapped, n);
	return 0;
}

int bg_pcap_read(struct bg_vectors *vs, const char *path, FILE *f, struct bg_diags *ds)
{
	BG_CLEANUP(close_pcap) pcap_t *p = NULL;
	char why[PCAP_ERRBUF_SIZE] = "";
	int link;

	if (load_library(ds)) {
		fclose(f);
		return -ENOSYS;
	}
	p = lib.pcap_fopen_offline(f, why); /* owns f from here on, if it succeeds */
	if (!p) {
		fclose(f);
		bg_diag(ds, BG_ERROR, BG_ID_PCAP_READ, BG_AT(path, 0, 0), "cannot read the capture: %s", why);
		return -EINVAL;
	}
	link = lib.pcap_datalink(p);
	if (link != DLT_EN10MB) {
		const char *name = lib.pcap_datalink_val_to_name(link);

		bg_diag(ds, BG_ERROR, BG_ID_PCAP_LINK, BG_AT(path, 0, 0),
			"the capture's link type is %s (%d), not Ethernet", name ? name : "unknown", link);
		return -EINVAL;
	}
	return read_packets(vs, path, p, ds);
}

int bg_pcap_load(struct bg_vectors *vs, const char *path, struct bg_diags *ds)
{
	BG_CLEANUP(bg_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f = NULL;
	int err = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if (st.st_size > BG_VECTOR_MAX_FILE)
		err = -EFBIG;
	else
		err = (f = fdopen(fd, "rb")) ? 0 : -errno;
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, err == -EFBIG ? BG_ID_VECTOR_LIMIT : BG_ID_FILE, BG_AT(path, 0, 0),
			"cannot read the capture: %s", why);
		return err;
	}
	(void)BG_TAKE_FD(fd); /* the stream has it */
	return bg_pcap_read(vs, path, f, ds);
}
