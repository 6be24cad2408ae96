/*
** The pool of blocks. Blocks of one size are cut from large mappings; a thread keeps some at hand, so that a process
** which ends and one which begins seldom meet a lock. A mapping all of whose blocks are free is given back, unless it
** is the last one of its size.
*/
#include "memory.h"
#include "sanitize.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAPPING ((size_t)1 << 20)
#define SIZES 64    /* blocks of 1 to 64 KB come from the pool */
#define AT_HAND 32  /* blocks of one size that a thread keeps */

/* Stands at the beginning of a mapping, which lies at a multiple of its size. */
typedef struct Mapping {
  struct Mapping *next, *previous; /* mappings with room, of this size */
  void *free;                      /* blocks given back; each holds the address of the next */
  size_t fresh;                    /* from here on nothing was ever handed out */
  size_t live;
  size_t size;
} Mapping;

typedef struct {
  pthread_mutex_t lock;
  Mapping *with_room;
} Size;

typedef struct {
  void *first;
  unsigned n;
} Hand;

static Size sizes[SIZES + 1];
static size_t held;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_end;
static __thread Hand hands[SIZES + 1];
static __thread int watched;

static void give_all(void *unused);

static void prepare(void) {
  int i;
  for (i = 0; i <= SIZES; i++) pthread_mutex_init(&sizes[i].lock, NULL);
  pthread_key_create(&at_end, give_all);
}

static size_t first_of(size_t size) { return size % 4096 == 0 ? 4096 : W_BLOCK_ALIGN; }

/* A piece of address space of MAPPING bytes at a multiple of that. */
static void *map(void) {
  char *raw = mmap(NULL, 2 * MAPPING, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  char *at;
  if (raw == MAP_FAILED) return NULL;
  at = (char *)(((uintptr_t)raw + MAPPING - 1) & ~(uintptr_t)(MAPPING - 1));
  if (at != raw) munmap(raw, (size_t)(at - raw));
  munmap(at + MAPPING, (size_t)(raw + MAPPING - at));
  __atomic_add_fetch(&held, MAPPING, __ATOMIC_RELAXED);
  return at;
}

static void unlink_mapping(Size *s, Mapping *m) {
  if (m->previous != NULL) m->previous->next = m->next;
  else s->with_room = m->next;
  if (m->next != NULL) m->next->previous = m->previous;
}

static void link_mapping(Size *s, Mapping *m) {
  m->previous = NULL;
  m->next = s->with_room;
  if (m->next != NULL) m->next->previous = m;
  s->with_room = m;
}

static int has_room(const Mapping *m) { return m->free != NULL || m->fresh + m->size <= MAPPING; }

/* One block, with the lock of its size held. */
static void *take_one(Size *s, size_t size) {
  Mapping *m = s->with_room;
  void *block;
  if (m == NULL) {
    m = map();
    if (m == NULL) return NULL;
    m->free = NULL;
    m->fresh = first_of(size);
    m->live = 0;
    m->size = size;
    link_mapping(s, m);
  }
  if (m->free != NULL) {
    block = m->free;
    m->free = *(void **)block;
  } else {
    block = (char *)m + m->fresh;
    m->fresh += size;
  }
  m->live++;
  if (!has_room(m)) unlink_mapping(s, m);
  return block;
}

/* Gives one back, with the lock held. A mapping that is to be unmapped comes back. */
static Mapping *give_one(Size *s, void *block) {
  Mapping *m = (Mapping *)((uintptr_t)block & ~(uintptr_t)(MAPPING - 1));
  if (!has_room(m)) link_mapping(s, m);
  *(void **)block = m->free;
  m->free = block;
  if (--m->live > 0 || (s->with_room == m && m->next == NULL)) return NULL;
  unlink_mapping(s, m);
  return m;
}

static void unmap(Mapping *m) {
  W_OPEN(m, MAPPING);
  munmap(m, MAPPING);
  __atomic_sub_fetch(&held, MAPPING, __ATOMIC_RELAXED);
}

/* Leaves `keep` blocks of a size with the thread. */
static void give_from_hand(size_t kb, unsigned keep) {
  Hand *hand = &hands[kb];
  Size *s = &sizes[kb];
  Mapping *empty = NULL;
  pthread_mutex_lock(&s->lock);
  while (hand->n > keep) {
    void *block = hand->first;
    Mapping *m;
    hand->first = *(void **)block;
    hand->n--;
    if ((m = give_one(s, block)) != NULL) {
      m->next = empty;
      empty = m;
    }
  }
  pthread_mutex_unlock(&s->lock);
  while (empty != NULL) {
    Mapping *next = empty->next;
    unmap(empty);
    empty = next;
  }
}

/* A thread ends: so does what it had at hand. */
static void give_all(void *unused) {
  size_t kb;
  (void)unused;
  for (kb = 1; kb <= SIZES; kb++)
    if (hands[kb].n > 0) give_from_hand(kb, 0);
}

void *w_block_take(size_t size) {
  size_t kb = size / W_BLOCK_ALIGN;
  Hand *hand;
  void *block;
  if (kb > SIZES) return aligned_alloc(W_BLOCK_ALIGN, size);
  hand = &hands[kb];
  if (hand->n == 0) {
    Size *s = &sizes[kb];
    pthread_once(&once, prepare);
    if (!watched) {
      watched = 1;
      pthread_setspecific(at_end, &watched);
    }
    pthread_mutex_lock(&s->lock);
    while (hand->n < AT_HAND / 2 && (block = take_one(s, size)) != NULL) {
      Mapping *m = (Mapping *)((uintptr_t)block & ~(uintptr_t)(MAPPING - 1));
      int recycled = m->fresh != (size_t)((char *)block - (char *)m) + size;
      *(void **)block = hand->first;
      hand->first = block;
      hand->n++;
      /* Fresh pages are taken one at a time: touching them before they are wanted costs memory. */
      if (!recycled) break;
    }
    pthread_mutex_unlock(&s->lock);
    if (hand->n == 0) return NULL;
  }
  block = hand->first;
  hand->first = *(void **)block;
  hand->n--;
  W_OPEN(block, size);
  return block;
}

void w_block_give(void *block, size_t size) {
  size_t kb = size / W_BLOCK_ALIGN;
  Hand *hand = &hands[kb <= SIZES ? kb : 0];
  if (kb > SIZES) {
    free(block);
    return;
  }
  if (!watched) {
    pthread_once(&once, prepare);
    watched = 1;
    pthread_setspecific(at_end, &watched);
  }
  W_OPEN(block, sizeof(void *));
  *(void **)block = hand->first;
  W_SHUT((char *)block + sizeof(void *), size - sizeof(void *));
  hand->first = block;
  if (++hand->n == AT_HAND) give_from_hand(kb, AT_HAND / 2);
}

size_t w_blocks_held(void) { return __atomic_load_n(&held, __ATOMIC_RELAXED); }
