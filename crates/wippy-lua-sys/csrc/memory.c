/*
** Where the objects of one process lie. First in its block: first fit, in steps of 8 bytes, neighbours joined, because
** there every byte counts. When the block is full, small ones in pages of one size each, large ones with `malloc`.
** Lua tells the size of what it frees, so nothing is stored with an object. A process that ends gives all back without
** looking at its objects.
*/
#include "memory.h"
#include "template.h"

#include <stdlib.h>
#include <string.h>

#define PROBES 24         /* holes of a block that are looked at */
#define PAGE 4096u        /* blocks of this size are the pages */
#define SMALL_MAX 512u    /* larger ones come from malloc */
#define CLASSES 20

/* ---- in the block --------------------------------------------------------------------------------------------- */

typedef struct {
  uint32_t size, next; /* bytes; offset of the next hole, 0 for none */
} Hole;

#define HOLE(p, offset) ((Hole *)((char *)(p) + (offset)))
#define ROUND(n) (((n) + 7) & ~(size_t)7)

static int in_block(const WProc *p, const void *at) { return (uintptr_t)at - (uintptr_t)p < p->block_size; }

static void *block_take(WProc *p, size_t n) {
  uint32_t *link = &p->holes;
  unsigned probes = p->build != NULL ? ~0u : PROBES;
  for (; *link != 0 && probes > 0; probes--) {
    Hole *hole = HOLE(p, *link);
    if (hole->size >= n) {
      uint32_t at = *link;
      if (hole->size > n) {
        Hole rest = {hole->size - (uint32_t)n, hole->next};
        *HOLE(p, at + n) = rest;
        *link = at + (uint32_t)n;
      } else
        *link = hole->next;
      if (p->build != NULL) memset((char *)p + at, 0, n);
      return (char *)p + at;
    }
    link = &hole->next;
  }
  if (p->top + n > p->block_size) return NULL;
  p->top += (uint32_t)n;
  return (char *)p + p->top - n;
}

static void block_give(WProc *p, void *at, size_t n) {
  uint32_t offset = (uint32_t)((char *)at - (char *)p), before = 0, next, *link = &p->holes;
  unsigned probes = p->build != NULL ? ~0u : PROBES;
  Hole *hole;
  /* While a template is built, what is free is zero: its bytes are compared. */
  if (p->build != NULL) memset(at, 0, n);
  while (*link != 0 && *link < offset && probes-- > 0) {
    before = *link;
    link = &HOLE(p, *link)->next;
  }
  next = *link;
  hole = HOLE(p, offset);
  hole->size = (uint32_t)n;
  hole->next = next;
  *link = offset;
  if (next != 0 && offset + hole->size == next) {
    Hole *neighbour = HOLE(p, next);
    hole->size += neighbour->size;
    hole->next = neighbour->next;
    if (p->build != NULL) memset(neighbour, 0, sizeof *neighbour);
  }
  if (before != 0 && before + HOLE(p, before)->size == offset) {
    Hole *neighbour = HOLE(p, before);
    neighbour->size += hole->size;
    neighbour->next = hole->next;
    if (p->build != NULL) memset(hole, 0, sizeof *hole);
  }
}

/* ---- pages ------------------------------------------------------------------------------------------------------ */

typedef struct Page {
  struct Page *next, *previous; /* pages of this class with room */
  struct Page *newer, *older;   /* all pages of the process */
  void *free;
  uint16_t used, class, fresh, full;
} Page;

struct WSmall {
  Page *with_room[CLASSES];
  Page *newest;
  size_t pages;
};

/* Steps of 16 bytes up to 128, then four to each power of two. */
static const uint16_t class_size[CLASSES] = {16,  32,  48,  64,  80,  96,  112, 128, 160, 192,
                                             224, 256, 288, 320, 352, 384, 416, 448, 480, 512};

static unsigned class_of(size_t n) {
  return n <= 128 ? (unsigned)((n - 1) / 16) : 8 + (unsigned)((n - 129) / 32);
}

static struct WSmall *open_small(WProc *p) {
  if (p->small == NULL) {
    struct WSmall *small = calloc(1, sizeof *small);
    p->small = small;
  }
  return p->small;
}

static void *page_take(WProc *p, size_t n) {
  struct WSmall *small = open_small(p);
  unsigned class = class_of(n);
  Page *page;
  void *at;
  if (small == NULL) return NULL;
  page = small->with_room[class];
  if (page == NULL) {
    page = w_block_take(PAGE);
    if (page == NULL) return NULL;
    memset(page, 0, sizeof *page);
    page->class = (uint16_t)class;
    page->fresh = sizeof(Page);
    page->older = small->newest;
    if (page->older != NULL) page->older->newer = page;
    small->newest = page;
    small->with_room[class] = page;
    small->pages++;
  }
  if (page->free != NULL) {
    at = page->free;
    page->free = *(void **)at;
  } else {
    at = (char *)page + page->fresh;
    page->fresh += class_size[class];
  }
  page->used++;
  if (page->free == NULL && page->fresh + class_size[class] > PAGE) {
    page->full = 1;
    small->with_room[class] = page->next;
    if (page->next != NULL) page->next->previous = NULL;
    page->next = NULL;
  }
  return at;
}

static void page_give(WProc *p, void *at) {
  struct WSmall *small = p->small;
  Page *page = (Page *)((uintptr_t)at & ~(uintptr_t)(PAGE - 1));
  *(void **)at = page->free;
  page->free = at;
  page->used--;
  if (page->full) {
    page->full = 0;
    page->previous = NULL;
    page->next = small->with_room[page->class];
    if (page->next != NULL) page->next->previous = page;
    small->with_room[page->class] = page;
  }
  /* An empty page goes back to the pool, but each class keeps one: a program that frees one object takes one soon. */
  if (page->used == 0 && (page->next != NULL || page->previous != NULL)) {
    if (page->previous != NULL) page->previous->next = page->next;
    else small->with_room[page->class] = page->next;
    if (page->next != NULL) page->next->previous = page->previous;
    if (page->newer != NULL) page->newer->older = page->older;
    else small->newest = page->older;
    if (page->older != NULL) page->older->newer = page->newer;
    small->pages--;
    w_block_give(page, PAGE);
  }
}

/* ---- large ------------------------------------------------------------------------------------------------------- */

typedef struct WLarge {
  struct WLarge *next, *previous;
} Large;

static void link_large(WProc *p, Large *large) {
  large->previous = NULL;
  large->next = p->large;
  if (large->next != NULL) large->next->previous = large;
  p->large = large;
}

static void *large_take(WProc *p, size_t n) {
  Large *large = malloc(sizeof(Large) + n);
  if (large == NULL) return NULL;
  link_large(p, large);
  return large + 1;
}

static void unlink_large(WProc *p, Large *large) {
  if (large->previous != NULL) large->previous->next = large->next;
  else p->large = large->next;
  if (large->next != NULL) large->next->previous = large->previous;
}

static void *large_resize(WProc *p, void *old, size_t n) {
  Large *large = (Large *)old - 1, *moved = realloc(large, sizeof(Large) + n);
  if (moved == NULL) return NULL;
  if (moved != large) {
    if (moved->previous != NULL) moved->previous->next = moved;
    else p->large = moved;
    if (moved->next != NULL) moved->next->previous = moved;
  }
  return moved + 1;
}

/* ---- the allocator ----------------------------------------------------------------------------------------------- */

static void *take(WProc *p, size_t n) {
  void *at = block_take(p, ROUND(n));
  if (at != NULL || p->build != NULL) return at;
  return n <= SMALL_MAX ? page_take(p, n) : large_take(p, n);
}

static void give(WProc *p, void *at, size_t n) {
  if (in_block(p, at)) block_give(p, at, ROUND(n));
  else if (n <= SMALL_MAX) page_give(p, at);
  else {
    unlink_large(p, (Large *)at - 1);
    free((Large *)at - 1);
  }
}

static void *resize(WProc *p, void *old, size_t osize, size_t nsize) {
  void *fresh;
  if (in_block(p, old)) {
    if (ROUND(osize) == ROUND(nsize)) return old;
    if (nsize < osize) {
      block_give(p, (char *)old + ROUND(nsize), ROUND(osize) - ROUND(nsize));
      return old;
    }
  } else if (osize > SMALL_MAX && nsize > SMALL_MAX)
    return large_resize(p, old, nsize);
  else if (osize <= SMALL_MAX && nsize <= SMALL_MAX && class_of(osize) == class_of(nsize))
    return old;
  fresh = take(p, nsize);
  if (fresh == NULL) return NULL;
  memcpy(fresh, old, osize < nsize ? osize : nsize);
  give(p, old, osize);
  return fresh;
}

void *w_allocate(void *ud, void *old, size_t osize, size_t nsize) {
  WProc *p = (WProc *)ud;
  size_t had = old == NULL ? 0 : osize;
  void *fresh;
  if (p->build != NULL) return w_build_allocate(p, old, osize, nsize);
  if (nsize == 0) {
    if (old != NULL) {
      p->used -= osize;
      give(p, old, osize);
    }
    return NULL;
  }
  if (nsize > had && p->used + (nsize - had) > p->limit && !p->in_rust) return NULL;
  fresh = old == NULL ? take(p, nsize) : resize(p, old, osize, nsize);
  if (fresh == NULL) {
    if (p->in_rust) abort(); /* no way to raise from here: a machine without memory has no way out */
    return NULL;
  }
  p->used += nsize - had;
  return fresh;
}

/* The same inside the block only, for template.c. */
void *w_block_allocate(WProc *p, void *old, size_t osize, size_t nsize) {
  if (nsize == 0) {
    if (old != NULL) block_give(p, old, ROUND(osize));
    return NULL;
  }
  return old == NULL ? block_take(p, ROUND(nsize)) : resize(p, old, osize, nsize);
}

void w_memory_open(WProc *p, size_t size, size_t first) {
  p->block_size = (uint32_t)size;
  p->top = (uint32_t)ROUND(first);
  p->holes = 0;
  p->small = NULL;
  p->large = NULL;
}

void w_memory_close(WProc *p) {
  if (p->small != NULL) {
    Page *page = p->small->newest;
    while (page != NULL) {
      Page *older = page->older;
      w_block_give(page, PAGE);
      page = older;
    }
    free(p->small);
    p->small = NULL;
  }
  while (p->large != NULL) {
    Large *next = p->large->next;
    free(p->large);
    p->large = next;
  }
}
