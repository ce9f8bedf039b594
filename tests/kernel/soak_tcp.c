// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Real TCP through a datapath that changes: a client in 'red' whose packets a tunnel program of ours wraps, as a load balancer does, a server in 'blue' behind
 * unwrap, firewall and counter (programs/tunnel.bpf.c). One long connection lives through all reloads, short ones are opened meanwhile; what
 * arrives is compared byte by byte, and the kernel's own counters are asked for resets.
 */
#include "soak.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"

#define PORT	  5201
#define SERVER	  "10.77.0.1"
#define SHORT	  65536	  /* bytes of a short connection */
#define AROUND_US 1000000 /* before the first reload, and after the last */
#define TIMEOUT_S 20	  /* for one read or write */

struct client {
	atomic_bool stop;
	atomic_ullong bytes, connections;
	atomic_int error; /* errno of the first failure, EBADMSG when the bytes are not those sent */
};

static unsigned char pattern(uint64_t at)
{
	return (unsigned char)(at * 131 + (at >> 13));
}

static bool make_wire(void)
{
	static const char *const steps[][16] = {
		{ "ip", "netns", "add", "red", NULL },
		{ "ip", "link", "add", "t0", "netns", "blue", "type", "veth", "peer", "name", "t1", "netns", "red", NULL },
		{ "ip", "-n", "blue", "addr", "add", SERVER "/24", "dev", "t0", NULL },
		{ "ip", "-n", "red", "addr", "add", "10.77.0.2/24", "dev", "t1", NULL },
		{ "ip", "-n", "blue", "link", "set", "t0", "up", NULL },
		{ "ip", "-n", "red", "link", "set", "t1", "up", NULL },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(steps); i++) {
		BG_CLEANUP(bg_freep) char *out = run_tool(steps[i]);

		if (!out)
			return false;
	}
	return true;
}

static int tcp_socket(void)
{
	struct timeval t = { .tv_sec = TIMEOUT_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), room = 1400, on = 1;

	/* the outer header must fit into the packets, too */
	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)))
		_exit(1);
	return fd;
}

static struct sockaddr_in server_address(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	inet_pton(AF_INET, SERVER, &a.sin_addr);
	return a;
}

/* Reads to the end, and answers with how many bytes were as they should. */
static _Noreturn void serve_one(int fd)
{
	unsigned char buf[65536];
	uint64_t good = 0;
	bool same = true;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n && same; i++)
			if ((same = buf[i] == pattern(good)))
				good++;
	_exit(n == 0 && write(fd, &good, sizeof(good)) == sizeof(good) ? 0 : 1);
}

static _Noreturn void serve(int listener)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(1);
		if (fork() == 0)
			serve_one(fd);
		close(fd);
	}
}

/* 0 or an errno; size 0: until told to stop. */
static int connect_and_send(struct client *c, uint64_t size)
{
	struct sockaddr_in to = server_address();
	BG_CLEANUP(bg_closep) int fd = tcp_socket();
	unsigned char buf[16384];
	uint64_t sent = 0, good = 0;

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return errno;
	while (size ? sent < size : !atomic_load(&c->stop)) {
		ssize_t n;

		for (size_t i = 0; i < sizeof(buf); i++)
			buf[i] = pattern(sent + i);
		n = send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
		if (n < 0)
			return errno;
		sent += (uint64_t)n;
		atomic_fetch_add(&c->bytes, (unsigned long long)n);
	}
	if (shutdown(fd, SHUT_WR) || recv(fd, &good, sizeof(good), MSG_WAITALL) != sizeof(good))
		return errno ? errno : ECONNABORTED;
	atomic_fetch_add(&c->connections, 1);
	return good == sent ? 0 : EBADMSG;
}

static pid_t start_client(struct client *c, uint64_t size)
{
	pid_t pid = fork();
	int err;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (enter_netns("red") < 0)
		_exit(1);
	do
		err = connect_and_send(c, size);
	while (!err && !atomic_load(&c->stop));
	atomic_store(&c->error, err);
	_exit(err ? 1 : 0);
}

static pid_t start_server(void)
{
	struct sockaddr_in at = server_address();
	int home = enter_netns("blue"), fd = tcp_socket();
	pid_t pid;

	if (home < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 64))
		abort();
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		/* the listener waits for ever, what it accepts does not */
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ 0 }, sizeof(struct timeval));
		serve(fd);
	}
	close(fd);
	leave_netns(home);
	return pid;
}

/* A counter of /proc/net/snmp in a namespace: the line of names, then the line of values. */
static uint64_t kernel_counter(const char *netns, const char *group, const char *name)
{
	int home = enter_netns(netns);
	FILE *f = fopen("/proc/thread-self/net/snmp", "re");
	char names[4096], values[4096], *n, *v, *a = NULL, *b = NULL;
	uint64_t found = UINT64_MAX;

	while (f && home >= 0 && fgets(names, sizeof(names), f) && fgets(values, sizeof(values), f)) {
		if (!bg_starts(names, group))
			continue;
		n = strtok_r(names, " \n", &a);
		v = strtok_r(values, " \n", &b);
		for (; n && v; n = strtok_r(NULL, " \n", &a), v = strtok_r(NULL, " \n", &b))
			if (strcmp(n, name) == 0)
				found = strtoull(v, NULL, 10);
	}
	if (f)
		fclose(f);
	if (home >= 0)
		leave_netns(home);
	return found;
}

static uint64_t of_both(const char *name)
{
	return kernel_counter("blue", "Tcp:", name) + kernel_counter("red", "Tcp:", name);
}

/*
 * Connections that were reset or refused. OutRsts counts others, too: a duplicate that comes late, when its connection
 * has ended well, is answered by a reset that nobody is hurt by.
 */
static uint64_t resets(void)
{
	return of_both("EstabResets") + of_both("AttemptFails");
}

static char *server_chain(const char *object, unsigned generation)
{
	return bg_printf("bpfgraft: 1\ncompose:\n  - name: edge\n    interface: t0\n    netns: blue\n    hook: tc-ingress\n    join: fused\n    chain:\n"
			 "      - {run: decap, object: \"%s\", program: unwrap, maps: {unwrapped: {pin: \"%%B/unwrapped\"}}}\n"
			 "      - {run: firewall, object: \"%s\", program: firewall, globals: {generation: %u}, maps: {refused: {pin: \"%%B/refused\"}}}\n"
			 "      - {run: counter, object: \"%s\", program: count, maps: {counted: {pin: \"%%B/counted\"}}}\n",
			 object, object, generation, object);
}

static bool attach_both(struct fixture *f, const char *object)
{
	BG_CLEANUP(bg_freep) char *server = server_chain(object, 1);
	BG_CLEANUP(bg_freep) char *wrap = bg_printf("bpfgraft: 1\ncompose:\n  - name: wrap\n    interface: t1\n    netns: red\n    hook: tc-egress\n    chain:\n"
						    "      - {run: wrap, object: \"%s\", program: wrap}\n", object);

	return compose(f, CALL_APPLY, server, NULL, NULL) == BG_EXIT_OK && compose(f, CALL_APPLY, wrap, NULL, NULL) == BG_EXIT_OK;
}

static unsigned reload_all(struct fixture *f, const char *object, unsigned reloads)
{
	unsigned failed = 0;

	for (unsigned i = 2; i < reloads + 2; i++) {
		BG_CLEANUP(bg_freep) char *text = server_chain(object, i);
		json_t *state = NULL;

		if (compose(f, CALL_RELOAD, text, &state, NULL) != BG_EXIT_OK ||
		    !bg_streq(json_string_value(json_object_get(state, "replaced")), "in-place"))
			failed++;
		json_decref(state);
	}
	return failed;
}

static int join_client(struct client *c, pid_t pid)
{
	int wstatus = 1;

	if (waitpid(pid, &wstatus, 0) != pid || wstatus)
		return atomic_load(&c->error) ? atomic_load(&c->error) : ECHILD;
	return 0;
}

static uint64_t pin_of(const struct fixture *f, const char *name)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(f->bpffs, name);

	return pinned_value(path);
}

/* What passed before, during and after the reloads: zero anywhere means that nothing was tested. */
struct progress {
	uint64_t before, during, after;
};

static unsigned transfer(struct fixture *f, const char *object, unsigned reloads, struct client *both[2], struct progress *p,
			 int errors[2])
{
	pid_t server = start_server(), pids[2] = { start_client(both[0], 0), start_client(both[1], SHORT) };
	unsigned failed;

	usleep(AROUND_US);
	p->before = atomic_load(&both[0]->bytes);
	failed = reload_all(f, object, reloads);
	p->during = atomic_load(&both[0]->bytes) - p->before;
	usleep(AROUND_US);
	p->after = atomic_load(&both[0]->bytes) - p->during - p->before;
	for (size_t i = 0; i < 2; i++)
		atomic_store(&both[i]->stop, true);
	for (size_t i = 0; i < 2; i++)
		errors[i] = join_client(both[i], pids[i]);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return failed;
}

unsigned soak_tcp(struct fixture *f, unsigned reloads)
{
	BG_CLEANUP(bg_freep) char *object = build_program(f, "tunnel");
	struct client *both[2] = { soak_shared(sizeof(struct client)), soak_shared(sizeof(struct client)) };
	struct progress p = { 0 };
	int errors[2] = { 0 };
	uint64_t reset, stray, unknown, unwrapped, refused, counted;
	unsigned failed;
	bool holds;

	if (!make_wire() || !attach_both(f, object)) {
		printf("\nTCP: the datapath cannot be attached\n");
		return 1;
	}
	reset = resets();
	stray = of_both("OutRsts");
	unknown = kernel_counter("blue", "Ip:", "InUnknownProtos");
	failed = transfer(f, object, reloads, both, &p, errors);
	reset = resets() - reset;
	stray = of_both("OutRsts") - stray;
	unknown = kernel_counter("blue", "Ip:", "InUnknownProtos") - unknown;
	unwrapped = pin_of(f, "unwrapped");
	refused = pin_of(f, "refused");
	counted = pin_of(f, "counted");
	failed += (detach("edge") != BG_EXIT_OK) + (detach("wrap") != BG_EXIT_OK);
	holds = !failed && !errors[0] && !errors[1] && !reset && !unknown && !refused && p.before && p.during && p.after &&
		atomic_load(&both[1]->connections) > 0 && unwrapped > 0 && unwrapped <= counted;
	printf("\n| reloads | failed | MiB before, during, after | long connection | short connections | reset | answers to strays | still wrapped | refused | packets unwrapped | retransmitted | holds |\n"
	       "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
	printf("| %u | %u | %llu, %llu, %llu | %s | %llu, %s | %llu | %llu | %llu | %llu | %llu | %llu | %s |\n", reloads, failed,
	       (unsigned long long)p.before >> 20, (unsigned long long)p.during >> 20, (unsigned long long)p.after >> 20,
	       errors[0] ? strerror(errors[0]) : "complete", (unsigned long long)atomic_load(&both[1]->connections),
	       errors[1] ? strerror(errors[1]) : "complete", (unsigned long long)reset, (unsigned long long)stray, (unsigned long long)unknown,
	       (unsigned long long)refused, (unsigned long long)unwrapped,
	       (unsigned long long)kernel_counter("red", "Tcp:", "RetransSegs"), holds ? "yes" : "no");
	return !holds;
}
