/*
** Tables of plain data, to and from the format of wippy-core's `pack` (MessagePack), without a call of Lua's API for
** each value. Only what is usual: anything else (objects, functions, parts that occur twice, texts beyond ASCII, deep or
** many tables, damaged bytes) is refused, and the Rust half, which knows it all, does the work from the beginning.
*/
#include "fields.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16
#define TABLES_MAX 16
#define W_PACK_NOT ((size_t)0)
#define W_PACK_FULL SIZE_MAX

/* ---- writing ----------------------------------------------------------------------------------------------------- */

typedef struct {
  unsigned char *bytes;
  size_t n, room;
  int full; /* it did not fit */
  const Table *tables[TABLES_MAX]; /* those that have begun */
  int tables_n;
} Out;

/* Whether `k` more bytes fit. */
static int room(Out *o, size_t k) {
  if (o->room - o->n >= k) return 1;
  o->full = 1;
  return 0;
}

static void put_big_endian(Out *o, unsigned char marker, uint64_t v, int width) {
  o->bytes[o->n++] = marker;
  while (width-- > 0) o->bytes[o->n++] = (unsigned char)(v >> (8 * width));
}

static void put_integer(Out *o, lua_Integer v) {
  if (v >= 0) {
    if (v < 128) o->bytes[o->n++] = (unsigned char)v;
    else if (v <= 0xff) put_big_endian(o, 0xcc, (uint64_t)v, 1);
    else if (v <= 0xffff) put_big_endian(o, 0xcd, (uint64_t)v, 2);
    else if (v <= 0xffffffff) put_big_endian(o, 0xce, (uint64_t)v, 4);
    else put_big_endian(o, 0xcf, (uint64_t)v, 8);
  } else {
    if (v >= -32) o->bytes[o->n++] = (unsigned char)v;
    else if (v >= INT8_MIN) put_big_endian(o, 0xd0, (uint64_t)v, 1);
    else if (v >= INT16_MIN) put_big_endian(o, 0xd1, (uint64_t)v, 2);
    else if (v >= INT32_MIN) put_big_endian(o, 0xd2, (uint64_t)v, 4);
    else put_big_endian(o, 0xd3, (uint64_t)v, 8);
  }
}

static int is_ascii(const char *s, size_t n) {
  uint64_t all = 0, word;
  for (; n > 8; n -= 8, s += 8) {
    memcpy(&word, s, 8);
    all |= word;
  }
  return ((all | w_word(s, n)) & 0x8080808080808080u) == 0;
}

static int put_string(Out *o, const TString *ts) {
  size_t n = strisshr(ts) ? (size_t)ts->shrlen : ts->u.lnglen;
  const char *s = getstr(ts);
  if (!is_ascii(s, n) || n > 0xffffffff || !room(o, n + 5)) return 0;
  if (n < 32) o->bytes[o->n++] = (unsigned char)(0xa0 | n);
  else if (n <= 0xff) put_big_endian(o, 0xd9, n, 1);
  else if (n <= 0xffff) put_big_endian(o, 0xda, n, 2);
  else put_big_endian(o, 0xdb, n, 4);
  memcpy(o->bytes + o->n, s, n);
  o->n += n;
  return 1;
}

static int put_table(Out *o, const Table *t, int depth);

static int put(Out *o, const TValue *v, int depth) {
  if (!room(o, 9)) return 0;
  switch (ttypetag(v)) {
    case LUA_VFALSE: o->bytes[o->n++] = 0xc2; return 1;
    case LUA_VTRUE: o->bytes[o->n++] = 0xc3; return 1;
    case LUA_VNUMINT: put_integer(o, ivalue(v)); return 1;
    case LUA_VNUMFLT: {
      lua_Number f = fltvalue(v);
      uint64_t bits;
      memcpy(&bits, &f, 8);
      put_big_endian(o, 0xcb, bits, 8);
      return 1;
    }
    case LUA_VSHRSTR:
    case LUA_VLNGSTR: return put_string(o, tsvalue(v));
    case LUA_VTABLE: return put_table(o, hvalue(v), depth + 1);
    default: return 0;
  }
}

static void put_length(Out *o, unsigned char small, unsigned char large, size_t n) {
  if (n < 16) o->bytes[o->n++] = (unsigned char)(small | n);
  else if (n <= 0xffff) put_big_endian(o, large, n, 2);
  else put_big_endian(o, (unsigned char)(large + 1), n, 4);
}

/* Elements in a table's array part before the first that is missing; -1 when there are others behind it. */
static int64_t whole_array(const Table *t) {
  unsigned i = 0, n;
  while (i < t->asize && !tagisempty(*getArrTag(t, i))) i++;
  n = i;
  for (; i < t->asize; i++)
    if (!tagisempty(*getArrTag(t, i))) return -1;
  return n;
}

static int put_table(Out *o, const Table *t, int depth) {
  unsigned nodes = allocsizenode(t), i, fields = 0;
  int64_t list = whole_array(t);
  int k;
  if (depth > DEPTH_MAX || o->tables_n == TABLES_MAX || list < 0) return 0;
  for (k = 0; k < o->tables_n; k++)
    if (o->tables[k] == t) return 0;
  o->tables[o->tables_n++] = t;
  for (i = 0; i < nodes; i++) fields += !isempty(gval(gnode(t, i)));
  if (!room(o, 5)) return 0;
  /* What JSON writes as `{}`: an empty map in its longest form, as `pack` says. */
  if (fields == 0 && list == 0 && !isdummy(t)) put_big_endian(o, 0xdf, 0, 4);
  else if (fields == 0 && list > 0) put_length(o, 0x90, 0xdc, (size_t)list);
  else put_length(o, 0x80, 0xde, fields + (size_t)list);
  for (i = 0; i < (unsigned)list; i++) {
    TValue v;
    farr2val(t, i, *getArrTag(t, i), &v);
    if (fields > 0) {
      if (!room(o, 9)) return 0;
      put_integer(o, (lua_Integer)i + 1);
    }
    if (!put(o, &v, depth)) return 0;
  }
  for (i = 0; fields > 0 && i < nodes; i++) {
    const Node *node = gnode(t, i);
    TValue key;
    if (isempty(gval(node))) continue;
    /* Elements of a list that lie in the hash part: whether it is one has to be found out. */
    if (keyisinteger(node)) return 0;
    key.value_ = keyval(node);
    key.tt_ = keytt(node);
    if (ttistable(&key) || !put(o, &key, depth) || !put(o, gval(node), depth)) return 0;
  }
  return 1;
}

/* Writes the table at `index`, a position on the stack, into `room` bytes. How many it took; W_PACK_FULL when they were
** not enough, W_PACK_NOT when Rust has to do it. */
size_t w_pack(lua_State *L, int index, unsigned char *bytes, size_t room) {
  Out o;
  const TValue *v = s2v(L->ci->func.p + index);
  o.bytes = bytes;
  o.room = room;
  o.n = 0;
  o.full = 0;
  o.tables_n = 0;
  if (ttistable(v) && put_table(&o, hvalue(v), 0)) return o.n;
  return o.full ? W_PACK_FULL : W_PACK_NOT;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

typedef struct {
  lua_State *L;
  const unsigned char *at, *end;
} In;

static int get_table(In *in, TValue *v, size_t n, int is_list, int depth);

static uint64_t get_big_endian(const unsigned char *at, int width) {
  uint64_t v = 0;
  while (width-- > 0) v = v << 8 | *at++;
  return v;
}

static int get_string(In *in, TValue *v, size_t n) {
  if ((size_t)(in->end - in->at) < n) return 0;
  setsvalue(in->L, v, luaS_newlstr(in->L, (const char *)in->at, n));
  in->at += n;
  return 1;
}

static int get(In *in, TValue *v, int depth) {
  unsigned char m;
  size_t left = (size_t)(in->end - in->at);
  int width;
  uint64_t n;
  if (left == 0) return 0;
  m = *in->at++;
  left--;
  if (m < 0x80 || m >= 0xe0) {
    setivalue(v, (signed char)m);
    return 1;
  }
  if (m >= 0xa0 && m < 0xc0) return get_string(in, v, m & 31);
  if (m < 0x90) return get_table(in, v, m & 15, 0, depth + 1);
  if (m < 0xa0) return get_table(in, v, m & 15, 1, depth + 1);
  switch (m) {
    case 0xc0: setnilvalue(v); return 1;
    case 0xc2: setbfvalue(v); return 1;
    case 0xc3: setbtvalue(v); return 1;
    case 0xc4: case 0xcc: case 0xd0: case 0xd9: width = 1; break;
    case 0xc5: case 0xcd: case 0xd1: case 0xda: case 0xdc: case 0xde: width = 2; break;
    case 0xc6: case 0xce: case 0xd2: case 0xdb: case 0xdd: case 0xdf: width = 4; break;
    case 0xcb: case 0xcf: case 0xd3: width = 8; break;
    default: return 0; /* a reference, an error, or damage */
  }
  if (left < (size_t)width) return 0;
  n = get_big_endian(in->at, width);
  in->at += width;
  switch (m) {
    case 0xcc: case 0xcd: case 0xce: setivalue(v, (lua_Integer)n); return 1;
    case 0xcf:
      if (n >> 63) return 0;
      setivalue(v, (lua_Integer)n);
      return 1;
    case 0xd0: setivalue(v, (int8_t)n); return 1;
    case 0xd1: setivalue(v, (int16_t)n); return 1;
    case 0xd2: setivalue(v, (int32_t)n); return 1;
    case 0xd3: setivalue(v, (int64_t)n); return 1;
    case 0xcb: {
      lua_Number f;
      memcpy(&f, &n, 8);
      setfltvalue(v, f);
      return 1;
    }
    case 0xdc: case 0xdd: return get_table(in, v, n, 1, depth + 1);
    case 0xde: return get_table(in, v, n, 0, depth + 1);
    case 0xdf:
      if (!get_table(in, v, n, 0, depth + 1)) return 0;
      if (n == 0) w_make_room(in->L, hvalue(v), 0, 1); /* it has had keys */
      return 1;
    default: return get_string(in, v, n);
  }
}

static int get_list(In *in, Table *t, size_t n, int depth) {
  size_t i;
  for (i = 0; i < n; i++) {
    TValue value;
    if (!get(in, &value, depth)) return 0;
    if (!ttisnil(&value)) fval2arr(t, (unsigned)i, getArrTag(t, (unsigned)i), &value);
  }
  return 1;
}

static int get_map(In *in, Table *t, size_t n, int depth) {
  for (; n > 0; n--) {
    TValue key, value;
    if (!get(in, &key, depth) || !get(in, &value, depth)) return 0;
    if (ttisnil(&key) || (ttisfloat(&key) && fltvalue(&key) != fltvalue(&key))) return 0;
    w_put_field(in->L, t, &key, &value);
  }
  invalidateTMcache(t);
  return 1;
}

static int get_table(In *in, TValue *v, size_t n, int is_list, int depth) {
  lua_State *L = in->L;
  Table *t;
  /* Every element takes a byte: a length beyond what is left is a lie, told before anybody makes room for it. */
  if (depth > DEPTH_MAX || n > (size_t)(in->end - in->at) || n > 1u << 20) return 0;
  t = luaH_new(L);
  sethvalue(L, v, t);
  if (n > 0) w_make_room(L, t, is_list ? (unsigned)n : 0, is_list ? 0 : (unsigned)n);
  return is_list ? get_list(in, t, n, depth) : get_map(in, t, n, depth);
}

/* Reads one value and pushes it. 0, and nothing is pushed, when Rust has to do it. Nothing is anchored meanwhile: the
** collector is stopped while Rust works. */
int w_unpack(lua_State *L, const unsigned char *bytes, size_t n) {
  In in;
  TValue v;
  in.L = L;
  in.at = bytes;
  in.end = bytes + n;
  if (!get(&in, &v, 0) || in.at != in.end) return 0;
  setobj2s(L, L->top.p, &v);
  L->top.p++;
  return 1;
}
