/* style.c - style.css as a string; the build writes style.inc, one quoted line for each of it. */
#include "web.h"

const char web_style[] =
#include <style.inc>
    ;

slice report_css(void)
{
	return (slice){web_style, sizeof web_style - 1};
}
