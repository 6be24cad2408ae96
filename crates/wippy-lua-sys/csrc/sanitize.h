/*
** A build that looks for faults (WIPPY_LUA_SANITIZE in build.rs). AddressSanitizer knows what `malloc` hands out; blocks
** and pages are cut by ourselves, so it is told which of their bytes nobody may touch: what is free, and a strip behind
** each object. In a usual build all of this is nothing.
*/
#ifndef wippy_sanitize_h
#define wippy_sanitize_h

#ifdef W_SANITIZE_ADDRESS
#include <sanitizer/asan_interface.h>
#define W_SHUT(at, n) __asan_poison_memory_region((at), (n))
#define W_OPEN(at, n) __asan_unpoison_memory_region((at), (n))
#define W_STRIP 16u /* bytes behind an object that belong to nobody */
#else
#define W_SHUT(at, n) ((void)0)
#define W_OPEN(at, n) ((void)0)
#define W_STRIP 0u
#endif

#endif
