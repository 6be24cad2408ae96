/* Tables that nobody changes any more; see freeze.c. */
#ifndef wippy_freeze_h
#define wippy_freeze_h

#include "lua.h"
#include "lauxlib.h"

void w_freeze(lua_State *L, int index);
void w_thaw(lua_State *L, int index);
int w_frozen(lua_State *L, int index);
void w_open_freeze(lua_State *L);

#endif
