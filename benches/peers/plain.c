/*
** Plain Lua: runs the text that our Lua processes run and prints how long it took, a figure a line: value, unit, what.
**   plain-lua version
**   plain-lua TEXT NUMBER TABLES TURNS
** Each turn calls `fib(NUMBER)` and `tables(TABLES)` of what TEXT returns; the fastest turn counts.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

static double nanoseconds (void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void check (lua_State *L, int status) {
  if (status != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(EXIT_FAILURE);
  }
}

/*
** How long a call takes in a new state. Its collector works as the library has it by default, and as ours does: the
** program `lua` turns to generations, in which filling large tables takes about twice as long.
*/
static double call (const char *text, const char *name, lua_Integer number) {
  double began, took;
  lua_State *L = luaL_newstate();
  if (L == NULL) {
    fprintf(stderr, "there is no memory\n");
    exit(EXIT_FAILURE);
  }
  luaL_openlibs(L);
  check(L, luaL_loadbuffer(L, text, strlen(text), "=compute"));
  check(L, lua_pcall(L, 0, 1, 0));
  lua_getfield(L, -1, name);
  lua_pushinteger(L, number);
  began = nanoseconds();
  check(L, lua_pcall(L, 1, 0, 0));
  took = nanoseconds() - began;
  lua_close(L);
  return took;
}

int main (int argc, char **argv) {
  double fib = 0, tables = 0, took;
  int turn, turns;
  if (argc == 2 && strcmp(argv[1], "version") == 0) {
    printf("%s\n", LUA_RELEASE);
    return EXIT_SUCCESS;
  }
  if (argc != 5) {
    fprintf(stderr, "usage: %s version | TEXT NUMBER TABLES TURNS\n", argv[0]);
    return EXIT_FAILURE;
  }
  turns = atoi(argv[4]);
  for (turn = 0; turn < turns; turn++) {
    took = call(argv[1], "fib", atoi(argv[2]));
    if (turn == 0 || took < fib) fib = took;
    took = call(argv[1], "tables", atoi(argv[3]));
    if (turn == 0 || took < tables) tables = took;
  }
  printf("%.0f ns fib(%s)\n%.0f ns a table loop\n", fib, argv[2], tables);
  return EXIT_SUCCESS;
}
