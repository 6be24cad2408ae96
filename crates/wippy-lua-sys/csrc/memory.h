/*
** The memory of a process: one block from a pool, in which its C half, its Rust half and the small beginnings of its
** Lua state lie, and what it takes when the block is full. All of it is given back at once when the process ends.
*/
#ifndef wippy_memory_h
#define wippy_memory_h

#include "wippy.h"

/* What a block holds before the first object of the state. */
#define W_BLOCK_ALIGN 1024u

/* A block of `size` bytes, a multiple of 1,024; its content is anything. NULL without memory. */
void *w_block_take(size_t size);
/* Gives a block back. */
void w_block_give(void *block, size_t size);
/* Bytes of address space that the pool holds for blocks. */
size_t w_blocks_held(void);

/* Makes the memory of a process whose WProc stands at the beginning of a block. Objects may lie from `first` on. */
void w_memory_open(WProc *p, size_t size, size_t first);
/* Gives back all that lies outside of the block. */
void w_memory_close(WProc *p);
/* For a build that looks for faults: nobody may touch the holes of a block that was just copied. */
void w_shut_holes(const WProc *p);
/* Whether nobody may touch this byte of a block; -1 when the build does not look. */
int w_is_shut(const void *at);
/* The allocator of a state; `ud` is the process. */
void *w_allocate(void *ud, void *old, size_t osize, size_t nsize);

#endif
