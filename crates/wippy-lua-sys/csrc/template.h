/*
** A process that is a copy. A state is built twice, side by side; comparing both tells which of its words are
** addresses. From then on a new process is a copy of its memory with those words moved. See docs/decisions/.
*/
#ifndef wippy_template_h
#define wippy_template_h

#include "wippy.h"

typedef struct WBuild WBuild;
typedef struct WTemplate WTemplate;

/* What a state under construction is doing; it decides what all copies will share. */
#define W_PHASE_PLAIN 0   /* strings and prototypes are shared */
#define W_PHASE_LIBRARY 1 /* all that is made now is shared: it must never change again */
#define W_PHASE_LOADING 2 /* code is loaded: so is what its prototypes are made of */

/* Address space for both builds; NULL without. */
WBuild *w_build_begin(void);
/* The block of one of them (0 or 1), and its size. */
void *w_build_place(WBuild *b, int which, size_t *size);
/* Has the state that is being built there belong to the build. Its WProc stands at the block's beginning. */
void w_build_enter(WBuild *b, int which, WProc *p);
/* No-op when the state is not being built for a template. */
void w_build_phase(WProc *p, int phase);
/* The code that is being run for a template has called something that depends on more than its arguments. */
void w_build_impure(WProc *p, const char *what);
/* How many of `most` instructions the code may take that was interrupted once more. */
int w_build_patience(WProc *p, int most);
/* The name of the first such call, NULL for none. */
const char *w_build_impurity(const WProc *p);
/* Makes what is shared unchangeable; nothing runs in the state any more. 0, or why not. */
const char *w_build_freeze(WProc *p);
/* Compares. A template, or NULL and why not in `why`. The build is gone in either case. `first` is where the objects
** begin in both blocks; `tasks` are the threads that the copies begin with, NULL for none. */
WTemplate *w_build_finish(WBuild *b, size_t first, lua_State *const tasks[2], char *why, size_t size);
/* Gives the build up. */
void w_build_drop(WBuild *b);

/* Bytes of a block that a copy fills. */
size_t w_template_bytes(const WTemplate *t);
/* Bytes that all copies share, and words that a copy has to move. */
size_t w_template_shared(const WTemplate *t);
size_t w_template_moved(const WTemplate *t);
/* Makes a copy in the block that begins with `p`, whose memory is open and empty. The task of the copy. */
lua_State *w_template_copy(const WTemplate *t, WProc *p);
/* The last copy is gone. */
void w_template_free(WTemplate *t);

/* Between memory.c and template.c. */
void *w_build_allocate(WProc *p, void *old, size_t osize, size_t nsize);
void *w_block_allocate(WProc *p, void *old, size_t osize, size_t nsize);

#endif
