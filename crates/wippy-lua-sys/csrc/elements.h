/*
** Elements and lengths of lists by their metamethods, for functions of the library that go on after a metamethod has waited.
** Each of these is like lua_callk: it comes back when its work is done at once, and where the code that it calls is
** suspended, `again` goes on in the place of whoever called. Either way the stack is the same then.
*/
#ifndef wippy_elements_h
#define wippy_elements_h

#include "fields.h"

#include "ltm.h"

/* For loops of C that call back: whether others have their turn now. Then the caller yields. Lua code gives way by itself. */
static inline int w_must_give_way(lua_State *L) { return l_unlikely(L->hookmask != 0) && w_gives_way(L); }

/* Whether reading what a table does not have may run code. */
int w_index_runs_code(lua_State *L, int table);

int w_metamethods_run_code(lua_State *L, const TValue *list);

/* Whether reading, writing or measuring a list may run code. If not, Lua's own functions do. */
static inline int w_runs_code(lua_State *L, int list) {
  const TValue *value = w_value_at(L, list);
  if (value == NULL || (ttistable(value) && hvalue(value)->metatable == NULL)) return 0;
  return w_metamethods_run_code(L, value);
}

/* Pushes what a value at a position of the stack has for an event, unless that is nothing; then it is 0. */
int w_push_metamethod(lua_State *L, int index, TMS event);

/* Puts list[key] in the place of the key on top. */
void w_index(lua_State *L, int list, lua_KContext context, lua_KFunction again);

/* Pushes list[i]. */
void w_get_element(lua_State *L, int list, lua_Integer i, lua_KContext context, lua_KFunction again);

/* list[i] = the value on top, which is popped. */
void w_set_element(lua_State *L, int list, lua_Integer i, lua_KContext context, lua_KFunction again);

/* Pushes #list. */
void w_get_length(lua_State *L, int list, lua_KContext context, lua_KFunction again);

/* Pops a length that w_get_length has pushed. */
lua_Integer w_take_length(lua_State *L);

/* sort.c and lists.c: what functions of ltablib.c do where code runs. */
int w_sort_runs_code(lua_State *L);
int w_list_sort(lua_State *L);
int w_list_concat(lua_State *L);
int w_list_insert(lua_State *L);
int w_list_move(lua_State *L);
int w_list_remove(lua_State *L);
int w_list_unpack(lua_State *L);

/* ltablib.c: joins what is in a plain table. */
int w_list_join(lua_State *L);

/* ltablib.c: raises unless the argument is a table or acts as one, in these ways. */
#define W_READ 1
#define W_WRITE 2
#define W_LENGTH 4
void w_check_list(lua_State *L, int arg, int what);

#endif
