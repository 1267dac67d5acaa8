/* image.c - what correlations remember, as bytes, for an engine with the same rules. */
#include "internal.h"

void sigma_image(struct sigma *s, struct image *im)
{
	im->bad |= !sigma_ready(s);
	image_mark(im, s->rules.len);
	for (size_t i = 0; i < s->rules.len && !im->bad; i++) {
		struct sigma_rule *r = &s->rules.at[i]->public;
		correlate_image(s->rules.at[i], im);
		image_bytes(im, &r->shed, sizeof r->shed);
		image_bytes(im, &r->late, sizeof r->late);
	}
	image_bytes(im, &s->event_number, sizeof s->event_number);
	image_bytes(im, &s->newest, sizeof s->newest);
	image_bytes(im, &s->close_at, sizeof s->close_at);
}
