/*
 * base.h - the ground floor: bytes, memory, addresses, time, tables, output. Knows nothing of mail.
 */
#ifndef TOCSIN_BASE_H
#define TOCSIN_BASE_H

#include "address.h"
#include "arena.h"
#include "clock.h"
#include "csv.h"
#include "digest.h"
#include "image.h"
#include "json.h"
#include "nearest.h"
#include "notches.h"
#include "out.h"
#include "regular.h"
#include "slice.h"
#include "table.h"

#endif
