/*
** Records, as the files of the C half share them.
*/
#ifndef wippy_records_h
#define wippy_records_h

#include "fields.h"

enum {
#define X(record, ...) W_RECORD_##record,
  W_RECORDS(X)
#undef X
  W_RECORDS_N
};

/* The hash part of a record: its keys, and where the value of each lies. Their texts are shared by all copies of a state. */
typedef struct WLayout {
  lu_byte n;
  lu_byte log;
  lu_byte place[W_FEW];
  Node node[W_FEW];
} WLayout;

/* Makes the names of all fields once and for all; the copies of a template share them. */
void w_keep_names(lua_State *L);

void w_lay_out(lua_State *L, int record, WLayout *layout);

/* Pops the values of all fields, and pushes a record that has them. */
void w_push_record(lua_State *L, const WLayout *layout);

#endif
