#include "mailstore/store.h"
const char *const secret_names[SECRET_COUNT] = {
#define AS_NAME(id, name, about) name,
    SECRETS(AS_NAME)
#undef AS_NAME
};
uint32_t secret_bit(slice name)
{
	for (int kind = 0; kind < SECRET_COUNT; kind++)
		if (slice_eq(name, slice_of(secret_names[kind])))
			return 1u << kind;
	return 0;
}
uint32_t secrets_in(slice text)
{
	return 0;
}
