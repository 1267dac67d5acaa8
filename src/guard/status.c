/* status.c - how the watch is: written by it every few seconds, read by tocsin status. */
#include "guard/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SILENT_MS = 60000 }; /* signs of life come every five seconds */

const char *const guard_levels[GUARD_LEVELS] = {"informational", "low", "medium", "high",
						"critical"};

/* A reader sees the old file or the new one, never a part; it need not survive a power cut. */
static bool write_whole(const char *path, struct out *text, mode_t mode)
{
	char fresh[4096];
	int n = snprintf(fresh, sizeof fresh, "%s.new", path);
	if (n > 0 && (size_t)n < sizeof fresh)
		unlink(fresh); /* of a watch that was killed */
	int fd = n > 0 && (size_t)n < sizeof fresh
		     ? regular_open(AT_FDCWD, fresh, O_WRONLY | O_CREAT | O_EXCL, mode)
		     : -1;
	bool fine = fd >= 0 && fchmod(fd, mode) == 0 &&
		    write(fd, text->at, text->len) == (ssize_t)text->len;
	int error = errno;
	if (fd >= 0 && close(fd) != 0)
		fine = false;
	fine = fine && rename(fresh, path) == 0;
	if (!fine && fd >= 0)
		unlink(fresh);
	if (!fine && fd >= 0 && error)
		errno = error;
	return fine;
}

static void put_count(struct out *o, const char *name, uint64_t n)
{
	out_format(o, ",\"%s\":%llu", name, (unsigned long long)n);
}

static void put_time(struct out *o, const char *name, int64_t usec)
{
	char text[CLOCK_TEXT];
	if (usec == CLOCK_NONE)
		return;
	clock_format(usec, text);
	out_format(o, ",\"%s\":\"%s\"", name, text);
}

static void put_text(struct out *o, const char *name, const char *text)
{
	if (!text[0])
		return;
	out_format(o, ",\"%s\":", name);
	out_json(o, slice_of(text));
}

bool guard_status_write(const char *state, const struct guard_status *s)
{
	char path[4096];
	struct out o = {.fd = -1};
	snprintf(path, sizeof path, "%s/status.json", state);
	out_format(&o, "{\"schema\":\"tocsin.status/1\",\"pid\":%lld", (long long)s->pid);
	put_time(&o, "started", s->started_us);
	put_time(&o, "beat", s->beat_us);
	put_count(&o, "beat_boot_ms", (uint64_t)s->beat_boot_ms);
	put_time(&o, "newest_record", s->newest_us);
	put_time(&o, "judged_until", s->judged_us);
	put_time(&o, "lowered_until", s->lowered_until_us);
	out_format(&o, ",\"past_read\":%s", s->past_read ? "true" : "false");
#define AS_JSON(id, name, metric, type, help) put_count(&o, name, s->id);
	GUARD_COUNTS(AS_JSON)
#undef AS_JSON
	out_text(&o, ",\"by_level\":{");
	for (int i = 0; i < GUARD_LEVELS; i++)
		out_format(&o, "%s\"%s\":%llu", i ? "," : "", guard_levels[i],
			   (unsigned long long)s->by_level[i]);
	out_text(&o, "}");
	put_text(&o, "console", s->console);
	put_text(&o, "console_name", s->console_name);
	put_text(&o, "posture", s->posture);
	put_text(&o, "posture_by", s->posture_by);
	put_time(&o, "posture_since", s->posture_us);
	put_text(&o, "trouble", s->trouble);
	out_text(&o, "}\n");
	bool fine = write_whole(path, &o, 0600);
	out_close(&o);
	return fine;
}

/* --- metrics --- */

static void put_head(struct out *o, const char *name, const char *type, const char *help)
{
	out_format(o, "# HELP tocsin_%s %s\n# TYPE tocsin_%s %s\n", name, help, name, type);
}

static void put_metric(struct out *o, const char *name, const char *type, const char *help,
		       uint64_t n)
{
	put_head(o, name, type, help);
	out_format(o, "tocsin_%s %llu\n", name, (unsigned long long)n);
}

static void put_moment(struct out *o, const char *name, const char *help, int64_t usec)
{
	if (usec == CLOCK_NONE)
		return;
	put_head(o, name, "gauge", help);
	out_format(o, "tocsin_%s %.3f\n", name, (double)usec / CLOCK_SECOND);
}

bool guard_metrics_write(const char *path, const struct guard_status *s)
{
	struct out o = {.fd = -1};
	put_moment(&o, "beat_timestamp_seconds", "The engine's last sign of life.", s->beat_us);
	put_moment(&o, "newest_record_timestamp_seconds", "Time of the newest log record.",
		   s->newest_us);
#define AS_METRIC(id, name, metric, type, help) put_metric(&o, metric, type, help, s->id);
	GUARD_COUNTS(AS_METRIC)
#undef AS_METRIC
	put_head(&o, "findings_total", "counter", "Findings that were new, by level.");
	for (int i = 0; i < GUARD_LEVELS; i++)
		out_format(&o, "tocsin_findings_total{level=\"%s\"} %llu\n", guard_levels[i],
			   (unsigned long long)s->by_level[i]);
	bool fine = write_whole(path, &o, 0644);
	out_close(&o);
	return fine;
}

/* --- read again --- */

static uint64_t count_of(const json_t *root, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(root, name));
	return n > 0 ? (uint64_t)n : 0;
}

static int64_t time_of(const json_t *root, const char *name)
{
	slice text = slice_of(json_string_value(json_object_get(root, name)));
	int64_t usec;
	bool has_zone;
	return clock_parse_iso(&text, &usec, &has_zone) ? usec : CLOCK_NONE;
}

static void take_text(const json_t *root, const char *name, char *to, size_t size)
{
	const char *text = json_string_value(json_object_get(root, name));
	snprintf(to, size, "%s", text ? text : "");
}

static void take_root(struct guard_status *s, const json_t *root)
{
	const json_t *levels = json_object_get(root, "by_level");
	*s = (struct guard_status){
	    .pid = (int64_t)count_of(root, "pid"),
	    .started_us = time_of(root, "started"),
	    .beat_us = time_of(root, "beat"),
	    .beat_boot_ms = (int64_t)count_of(root, "beat_boot_ms"),
	    .newest_us = time_of(root, "newest_record"),
	    .judged_us = time_of(root, "judged_until"),
	    .lowered_until_us = time_of(root, "lowered_until"),
	    .posture_us = time_of(root, "posture_since"),
	    .past_read = json_is_true(json_object_get(root, "past_read")),
	};
#define AS_READ(id, name, metric, type, help) s->id = count_of(root, name);
	GUARD_COUNTS(AS_READ)
#undef AS_READ
	for (int i = 0; i < GUARD_LEVELS; i++)
		s->by_level[i] = count_of(levels, guard_levels[i]);
	take_text(root, "trouble", s->trouble, sizeof s->trouble);
	take_text(root, "posture", s->posture, sizeof s->posture);
	take_text(root, "posture_by", s->posture_by, sizeof s->posture_by);
	take_text(root, "console", s->console, sizeof s->console);
	take_text(root, "console_name", s->console_name, sizeof s->console_name);
}

bool guard_status_read(const char *state, struct guard_status *s, char *why, size_t size)
{
	char path[4096];
	json_error_t e;
	snprintf(path, sizeof path, "%s/status.json", state);
	int fd = regular_open(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0) {
		snprintf(why, size, "%s: %s (%s)", path, regular_why(errno),
			 regular_bars(errno)
			     ? "remove it: the watch writes it anew"
			     : "no watch has run with this state folder, or you may not read it: "
			       "--state DIR, or be root");
		return false;
	}
	json_t *root = json_loadfd(fd, JSON_REJECT_DUPLICATES, &e);
	close(fd);
	const char *schema = json_string_value(json_object_get(root, "schema"));
	bool fine = schema && strcmp(schema, "tocsin.status/1") == 0;
	if (fine)
		take_root(s, root);
	else
		snprintf(why, size, "%s: it is no status of tocsin watch (start the watch anew)",
			 path);
	json_decref(root);
	return fine;
}

const char *guard_status_trouble(const struct guard_status *s)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	int64_t now_ms = t.tv_sec * 1000 + t.tv_nsec / 1000000;
	if (s->pid <= 0 || (kill((pid_t)s->pid, 0) != 0 && errno == ESRCH) ||
	    s->beat_boot_ms > now_ms)
		return "not running (systemctl start tocsin, or tocsin watch PATH...)";
	if (now_ms - s->beat_boot_ms > SILENT_MS)
		return "running, and the engine gave no sign of life for a minute (look at what "
		       "it wrote on standard error; systemctl restart tocsin)";
	return NULL;
}
