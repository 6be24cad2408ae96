//! Builds Lua from the sources that the `lua-src` crate carries, with our few changes and our C half.
//!
//! `WIPPY_LUA_SANITIZE=address,undefined` (or one of them) has gcc's sanitizers look at all of it while it runs; see
//! `.ci/sanitize`.

#[path = "build/sources.rs"]
mod sources;

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The parts of Lua we use: the core, and the libraries that programs may have. No `io`, `os`, `debug`, `package`.
const LUA: &[&str] = &[
    "lapi", "lauxlib", "lbaselib", "lcode", "lcorolib", "lctype", "ldebug", "ldo", "ldump", "lfunc", "lgc", "llex",
    "lmathlib", "lmem", "lobject", "lopcodes", "lparser", "lstate", "lstring", "lstrlib", "ltable", "ltablib", "ltm",
    "lundump", "lvm", "lzio",
];

/// Our own half.
const OURS: &[&str] = &[
    "wippy",
    "library",
    "fields",
    "records",
    "freeze",
    "memory",
    "blocks",
    "environment",
    "template",
    "transfer",
    "elements",
    "waits",
    "sort",
    "lists",
    "coroutines",
];

/// File, what stands there, what we put there instead. A text that is not found exactly once fails the build.
const CHANGES: &[(&str, &str, &str)] = &[
    // Error objects are accepted where a string is expected.
    (
        "lauxlib.c",
        "  if (l_unlikely(!s)) tag_error(L, arg, LUA_TSTRING);\n  return s;",
        "  if (l_unlikely(!s)) s = wippy_error_text(L, arg, len);\n  if (l_unlikely(!s)) tag_error(L, arg, LUA_TSTRING);\n  return s;",
    ),
    (
        "lauxlib.h",
        "LUALIB_API const char *(luaL_checklstring)",
        "extern const char *wippy_error_text (lua_State *L, int arg, size_t *l);\nextern int wippy_is_type (lua_State *L, int arg);\nLUALIB_API const char *(luaL_checklstring)",
    ),
    // Our blocks hand out memory at multiples of 8, which no object needs more of; compilers may rely on what is promised.
    (
        "lobject.h",
        "typedef union UValue {\n  TValue uv;\n  LUAI_MAXALIGN;",
        "#define W_MAXALIGN  lua_Number n; void *s; lua_Integer i\n\ntypedef union UValue {\n  TValue uv;\n  W_MAXALIGN;",
    ),
    ("lobject.h", "  union {LUAI_MAXALIGN;} bindata;", "  union {W_MAXALIGN;} bindata;"),
    // A store under a nil or NaN key does nothing, as published programs expect; `rawset` still raises.
    ("ltable.c", "      luaG_runerror(L, \"table index is nil\");", "      return;"),
    ("ltable.c", "        luaG_runerror(L, \"table index is NaN\");", "        return;"),
    (
        "lbaselib.c",
        "  lua_settop(L, 3);\n  lua_rawset(L, 1);",
        "  luaL_argcheck(L, !lua_isnil(L, 2), 2, \"table index is nil\");\n  luaL_argcheck(L, lua_rawequal(L, 2, 2), 2, \"table index is NaN\");\n  lua_settop(L, 3);\n  w_own_name(L);\n  lua_rawset(L, 1);",
    ),
    // Frozen tables (csrc/freeze.c): a bit that every store into a hash part meets.
    (
        "ltable.h",
        "#define setnodummy(t)",
        "#define W_FROZEN\t\t(1 << 7)\n#define W_IMMUTABLE\t\"attempt to modify Immutable table\"\n#define setnodummy(t)",
    ),
    (
        "ltable.c",
        "static int finishnodeset (Table *t, const TValue *slot, TValue *val) {\n",
        "static int finishnodeset (Table *t, const TValue *slot, TValue *val) {\n  if (l_unlikely(t->flags & W_FROZEN)) return HNOTATABLE;\n",
    ),
    (
        "ltable.c",
        "  const TValue *slot = luaH_Hgetshortstr(t, key);\n  if (!ttisnil(slot)) {  /* key already has a value? (all too common) */",
        "  const TValue *slot = luaH_Hgetshortstr(t, key);\n  if (l_unlikely(t->flags & W_FROZEN)) return HNOTATABLE;\n  if (!ttisnil(slot)) {  /* key already has a value? (all too common) */",
    ),
    (
        "ltable.c",
        "  lua_assert(hres != HOK);\n",
        "  if (l_unlikely(t->flags & W_FROZEN)) luaG_runerror(L, W_IMMUTABLE);\n",
    ),
    (
        "lvm.c",
        "      tm = luaT_gettmbyobj(L, t, TM_NEWINDEX);\n      if (l_unlikely(notm(tm)))",
        "      if (ttistable(t)) luaG_runerror(L, W_IMMUTABLE);\n      tm = luaT_gettmbyobj(L, t, TM_NEWINDEX);\n      if (l_unlikely(notm(tm)))",
    ),
    (
        "lbaselib.c",
        "  if (l_unlikely(luaL_getmetafield(L, 1, \"__metatable\") != LUA_TNIL))\n    return",
        "  if (w_frozen(L, 1)) return luaL_error(L, \"attempt to modify Immutable table\");\n  w_own_metatable(L);\n  if (l_unlikely(luaL_getmetafield(L, 1, \"__metatable\") != LUA_TNIL))\n    return",
    ),
    (
        "lbaselib.c",
        "#include \"lualib.h\"\n",
        "#include \"lualib.h\"\n#include \"environment.h\"\n#include \"freeze.h\"\n",
    ),
    // What looks at a table itself sees in an environment what it inherits (csrc/environment.c).
    (
        "lbaselib.c",
        "  lua_settop(L, 2);  /* create a 2nd argument if there isn't one */\n",
        "  lua_settop(L, 2);  /* create a 2nd argument if there isn't one */\n  w_own_names(L);\n",
    ),
    (
        "lbaselib.c",
        "  if (luaL_getmetafield(L, 1, \"__pairs\") == LUA_TNIL) {",
        "  w_own_names(L);\n  if (luaL_getmetafield(L, 1, \"__pairs\") == LUA_TNIL) {",
    ),
    (
        "lbaselib.c",
        "  lua_settop(L, 2);\n  lua_rawget(L, 1);\n",
        "  lua_settop(L, 2);\n  if (w_perhaps_environment(L)) return w_raw_inherited(L);\n  lua_rawget(L, 1);\n",
    ),
    // `type` of a type value.
    (
        "lbaselib.c",
        "  lua_pushstring(L, lua_typename(L, t));\n  return 1;",
        "  lua_pushstring(L, wippy_is_type(L, 1) ? \"type\" : lua_typename(L, t));\n  return 1;",
    ),
    // Type values and environments have no metatable that programs could see, not even a closed one.
    (
        "lbaselib.c",
        "  if (!lua_getmetatable(L, 1)) {\n    lua_pushnil(L);",
        "  if (wippy_is_type(L, 1) || w_is_environment(L) || !lua_getmetatable(L, 1)) {\n    lua_pushnil(L);",
    ),
    // The length of a list with holes: its end, if there is something, as in all older versions. `#{f()}` counts on that.
    (
        "ltable.c",
        "    if (limit == 0)\n      limit = 1;  /* make limit a valid index in the array */",
        "    if (!arraykeyisempty(t, asize)) limit = asize;\n    else if (asize > 1 && !arraykeyisempty(t, asize - 1)) limit = asize - 1;\n    else if (limit == 0) limit = 1;",
    ),
    // `error(nil)` raises nil, as older versions did.
    ("ldebug.c", "    setsvalue2s(L, L->top.p - 1, luaS_newliteral(L, \"<no error object>\"));", "    ;"),
    ("ldo.c", "    lua_assert(!ttisnil(s2v(L->top.p - 1)));  /* with a non-nil object */\n", ""),
    // Eight bytes of a string at a time: most of a message's texts are hashed once more on each side. The unknown seed is
    // part of both factors, so nobody can choose texts that collide.
    (
        "lstring.c",
        "  unsigned int h = seed ^ cast_uint(l);\n  for (; l > 0; l--)\n    h ^= ((h<<5) + (h>>2) + cast_byte(str[l - 1]));\n  return h;\n",
        "  const uint64_t factor = (((uint64_t)seed << 32) | seed) ^ 0x9e3779b97f4a7c15u;\n  uint64_t h = ((uint64_t)l ^ seed) * 0xd6e8feb86659fd93u;\n  for (; l > 8; l -= 8, str += 8) {\n    uint64_t word;\n    memcpy(&word, str, 8);\n    h = w_mixed(h ^ word, factor);\n  }\n  h = w_mixed(h ^ w_word(str, l), factor);\n  return cast_uint(h ^ (h >> 32));\n",
    ),
    (
        "lstring.c",
        "static unsigned luaS_hash (const char *str",
        "static inline uint64_t w_mixed (uint64_t h, uint64_t factor) {\n  unsigned __int128 wide = (unsigned __int128)(h ^ 0xa0761d6478bd642fu) * (factor | 1);\n  return (uint64_t)wide ^ (uint64_t)(wide >> 64);\n}\n\nstatic unsigned luaS_hash (const char *str",
    ),
    ("lstring.c", "#include \"lstring.h\"\n", "#include \"lstring.h\"\n#include \"words.h\"\n"),
    // Names of methods and globals are mostly found where `__index` points to a table that has them.
    (
        "lvm.c",
        "  for (loop = 0; loop < MAXTAGLOOP; loop++) {\n    if (tag == LUA_VNOTABLE) {",
        "  if (ttisshrstring(key)) {\n    Table *mt = tag != LUA_VNOTABLE ? hvalue(t)->metatable : ttisfulluserdata(t) ? uvalue(t)->metatable : NULL;\n    tm = fasttm(L, mt, TM_INDEX);\n    if (tm != NULL && ttistable(tm)) {\n      lu_byte found = luaH_getshortstr(hvalue(tm), tsvalue(key), s2v(val));\n      if (!tagisempty(found)) return found;\n    }\n  }\n  for (loop = 0; loop < MAXTAGLOOP; loop++) {\n    if (tag == LUA_VNOTABLE) {",
    ),
    // Small tables are made often. A call, so that the loop of the interpreter stays as it is.
    ("lvm.c", "          luaH_resize(L, t, c, b);  /* idem */", "          w_make_room(L, t, c, b);"),
    (
        "lvm.c",
        "#include \"lvm.h\"\n",
        "#include \"lvm.h\"\nvoid w_make_room (lua_State *L, Table *t, unsigned array, unsigned fields);\n",
    ),
    // Short strings that all copies of a template share (csrc/template.c) are looked up first.
    (
        "lstate.h",
        "  lua_CFunction panic;  /* to be called in unprotected errors */",
        "  stringtable *shared;  /* strings that the collector does not know */\n  lua_CFunction panic;",
    ),
    ("lstate.c", "  g->panic = NULL;", "  g->panic = NULL;\n  g->shared = NULL;"),
    (
        "lstring.c",
        "  lua_assert(str != NULL);  /* otherwise 'memcmp'/'memcpy' are undefined */\n",
        "  if (g->shared != NULL) {\n    for (ts = g->shared->hash[lmod(h, g->shared->size)]; ts != NULL; ts = ts->u.hnext)\n      if (ts->hash == h && l == cast_uint(ts->shrlen) && memcmp(str, getshrstr(ts), l) == 0)\n        return ts;\n  }\n",
    ),
    // The string table of a state that is built to be copied lies with what is shared: a copy gets a small one of its own.
    (
        "lstring.c",
        "  tb->hash = luaM_newvector(L, MINSTRTABSIZE, TString*);",
        "  tb->hash = cast(TString **, luaM_malloc_(L, MINSTRTABSIZE * sizeof(TString *), LUA_TSTRING));",
    ),
    // Loops of the library that a program can make long look up every so often: whether the process is killed, and
    // whether it has been at it for too long (`wippy_look`).
    (
        "lauxlib.h",
        "#define luaL_newlibtable(L,l)",
        "extern void wippy_look (lua_State *L);\n#define W_TICK(L) { static __thread unsigned ticks; if ((++ticks & 0x3fff) == 0) wippy_look(L); }\n#define luaL_newlibtable(L,l)",
    ),
    (
        "ltablib.c",
        "#define TAB_R\t1\t\t\t/* read */",
        "static int ticking_geti (lua_State *L, int index, lua_Integer i) {\n  W_TICK(L)\n  return lua_geti(L, index, i);\n}\n#define lua_geti ticking_geti\n\n#define TAB_R\t1\t\t\t/* read */",
    ),
    (
        "ltablib.c",
        "#define l_randomizePivot(L)\tluaL_makeseed(L)",
        "extern uint64_t wippy_seed (lua_State *L);\n#define l_randomizePivot(L)\t((unsigned)wippy_seed(L))",
    ),
    (
        "lstrlib.c",
        "  init: /* using goto to optimize tail recursion */\n",
        "  init: /* using goto to optimize tail recursion */\n  W_TICK(ms->L)\n",
    ),
    (
        "lstrlib.c",
        "  while (singlematch(ms, s + i, p, ep))\n    i++;",
        "  while (singlematch(ms, s + i, p, ep)) {\n    W_TICK(ms->L)\n    i++;\n  }",
    ),
    ("lstrlib.c", "    while (++s < ms->src_end) {\n", "    while (++s < ms->src_end) {\n      W_TICK(ms->L)\n"),
    // Functions over lists may be suspended where they run code (csrc/sort.c, csrc/lists.c).
    ("ltablib.c", "#include \"lauxlib.h\"\n", "#include \"lauxlib.h\"\n#include \"elements.h\"\n"),
    (
        "ltablib.c",
        "static void checktab (lua_State *L, int arg, int what) {",
        "#define checktab w_check_list\nvoid w_check_list (lua_State *L, int arg, int what) {",
    ),
    (
        "ltablib.c",
        "static int sort (lua_State *L) {\n",
        "static int sort (lua_State *L) {\n  if (w_sort_runs_code(L)) return w_list_sort(L);\n",
    ),
    (
        "ltablib.c",
        "static int tinsert (lua_State *L) {\n",
        "static int tinsert (lua_State *L) {\n  if (w_runs_code(L, 1)) return w_list_insert(L);\n",
    ),
    (
        "ltablib.c",
        "static int tremove (lua_State *L) {\n",
        "static int tremove (lua_State *L) {\n  if (w_runs_code(L, 1)) return w_list_remove(L);\n",
    ),
    (
        "ltablib.c",
        "static int tmove (lua_State *L) {\n",
        "static int tmove (lua_State *L) {\n  if (w_runs_code(L, 1) || w_runs_code(L, 5)) return w_list_move(L);\n",
    ),
    (
        "ltablib.c",
        "static int tunpack (lua_State *L) {\n",
        "static int tunpack (lua_State *L) {\n  if (w_runs_code(L, 1)) return w_list_unpack(L);\n",
    ),
    (
        "ltablib.c",
        "static int tconcat (lua_State *L) {\n",
        "#define tconcat w_list_join\nint tconcat (lua_State *L) {\n  if (w_runs_code(L, 1)) return w_list_concat(L);\n",
    ),
    // Replacements that code computes (csrc/gsub.h).
    ("lstrlib.c", "static const luaL_Reg strlib[] = {", "#include \"gsub.h\"\n\nstatic const luaL_Reg strlib[] = {"),
    ("lstrlib.c", "  {\"gsub\", str_gsub},", "  {\"gsub\", w_gsub},"),
    // Plain search in linear time, whatever the texts are.
    (
        "lstrlib.c",
        "    const char *init;  /* to search for a '*s2' inside 's1' */\n    l2--;  /* 1st char will be checked by 'memchr' */\n    l1 = l1-l2;  /* 's2' cannot be found after that */\n    while (l1 > 0 && (init = (const char *)memchr(s1, *s2, l1)) != NULL) {\n      init++;   /* 1st char is already checked */\n      if (memcmp(init, s2+1, l2) == 0)\n        return init-1;\n      else {  /* correct 'l1' and 's1' to try again */\n        l1 -= ct_diff2sz(init - s1);\n        s1 = init;\n      }\n    }\n    return NULL;  /* not found */",
        "    return (const char *)memmem(s1, l1, s2, l2);",
    ),
    // Tables have no finalizers: nothing interrupts one that does not end, and no code may run when a process is over.
    (
        "lapi.c",
        "      hvalue(obj)->metatable = mt;\n      if (mt) {\n        luaC_objbarrier(L, gcvalue(obj), mt);\n        luaC_checkfinalizer(L, gcvalue(obj), mt);\n",
        "      hvalue(obj)->metatable = mt;\n      if (mt) {\n        luaC_objbarrier(L, gcvalue(obj), mt);\n",
    ),
    // Random numbers belong to the process, not to the library, which all copies share.
    (
        "lmathlib.c",
        "static int math_random (lua_State *L) {\n  lua_Integer low, up;\n  lua_Unsigned p;\n  RanState *state = (RanState *)lua_touserdata(L, lua_upvalueindex(1));",
        "extern void *wippy_random(lua_State *L);\nextern uint64_t wippy_seed(lua_State *L);\nstatic int math_random (lua_State *L) {\n  lua_Integer low, up;\n  lua_Unsigned p;\n  RanState *state = (RanState *)wippy_random(L);",
    ),
    (
        "lmathlib.c",
        "  RanState *state = (RanState *)lua_touserdata(L, lua_upvalueindex(1));\n  lua_Unsigned n1, n2;\n  if (lua_isnone(L, 1)) {\n    n1 = luaL_makeseed(L);  /* \"random\" seed */",
        "  RanState *state = (RanState *)wippy_random(L);\n  lua_Unsigned n1, n2;\n  if (lua_isnone(L, 1)) {\n    n1 = wippy_seed(L);",
    ),
    (
        "lmathlib.c",
        "  RanState *state = (RanState *)lua_newuserdatauv(L, sizeof(RanState), 0);\n  setseed(L, state->s, luaL_makeseed(L), 0);  /* initialize with random seed */\n  lua_pop(L, 2);  /* remove pushed seeds */\n  luaL_setfuncs(L, randfuncs, 1);",
        "  luaL_setfuncs(L, randfuncs, 0);",
    ),
    // A metamethod of an object that is added to a text may wait.
    (
        "lstrlib.c",
        "static void trymt (lua_State *L,",
        "extern int w_passed_on (lua_State *L, int status, lua_KContext context);\nstatic void trymt (lua_State *L,",
    ),
    ("lstrlib.c", "  lua_call(L, 2, 1);  /* call metamethod */\n}", "  lua_callk(L, 2, 1, 0, w_passed_on);\n}"),
    // `a <= b` is `not (b < a)` where only `__lt` is there, as in Lua 5.3. The mark is for a `__lt` that waits.
    (
        "lstate.h",
        "#define CIST_FIN\t(CIST_HOOKYIELD << 1)",
        "#define CIST_FIN\t(CIST_HOOKYIELD << 1)\n#define W_CIST_LESS\t(CIST_FIN << 1)",
    ),
    (
        "ltm.c",
        "    return !tagisfalse(tag);\n  luaG_ordererror(L, p1, p2);  /* no metamethod found */",
        "    return !tagisfalse(tag);\n  if (event == TM_LE) {\n    L->ci->callstatus |= W_CIST_LESS;\n    tag = callbinTM(L, p2, p1, L->top.p, TM_LT);\n    L->ci->callstatus &= ~W_CIST_LESS;\n    if (tag >= 0) return tagisfalse(tag);\n  }\n  luaG_ordererror(L, p1, p2);  /* no metamethod found */",
    ),
    (
        "lvm.c",
        "      int res = !l_isfalse(s2v(L->top.p - 1));\n      L->top.p--;\n",
        "      int res = !l_isfalse(s2v(L->top.p - 1));\n      if (ci->callstatus & W_CIST_LESS) {\n        ci->callstatus &= ~W_CIST_LESS;\n        res = !res;\n      }\n      L->top.p--;\n",
    ),
    // Chunk names are ids of entries, which errors tell whole. `lua_Debug` is larger than Rust knows it: only C uses it.
    ("luaconf.h", "#define LUA_IDSIZE\t60", "#define LUA_IDSIZE\t256"),
    // Programs see no addresses: they would tell where a process lies, and its copies apart.
    (
        "lauxlib.c",
        "lua_pushfstring(L, \"%s: %p\", kind, lua_topointer(L, idx));",
        "lua_pushfstring(L, \"%s: %p\", kind, wippy_address(L, lua_topointer(L, idx)));",
    ),
    (
        "lstrlib.c",
        "          const void *p = lua_topointer(L, arg);",
        "          const void *p = wippy_address(L, lua_topointer(L, arg));",
    ),
    (
        "lua.h",
        "LUA_API const void     *(lua_topointer) (lua_State *L, int idx);",
        "LUA_API const void     *(lua_topointer) (lua_State *L, int idx);\nextern const void *wippy_address (lua_State *L, const void *p);",
    ),
    // Closing an upvalue writes a value over two pointers: leave no stale bytes that look like one.
    (
        "lfunc.c",
        "    setobj(L, slot, uv->v.p);  /* move value to upvalue slot */",
        "    uv->u.open.next = NULL; uv->u.open.previous = NULL;\n    setobj(L, slot, uv->v.p);",
    ),
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=csrc");
    println!("cargo:rerun-if-env-changed=WIPPY_LUA_SANITIZE");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let lua = out.join("lua");
    copy_sources(&sources::source_of_lua(&out), &lua);
    for (file, from, to) in CHANGES {
        change(&lua.join(file), from, to);
    }
    let mut build = sources::compiler();
    build.include(&lua).include("csrc");
    if let Ok(sanitizers) = env::var("WIPPY_LUA_SANITIZE") {
        sanitize(&mut build, &sanitizers);
    }
    build.files(LUA.iter().map(|name| lua.join(format!("{name}.c"))));
    build.files(OURS.iter().map(|name| format!("csrc/{name}.c")));
    build.compile("wippylua");
}

/// Has faults found while the program runs; the first one ends it. The runtime is linked where this crate stands, so before
/// the library of C, whose functions it replaces: it insists on that. Other compilers call theirs otherwise.
fn sanitize(build: &mut cc::Build, sanitizers: &str) {
    assert!(build.get_compiler().is_like_gnu(), "WIPPY_LUA_SANITIZE needs gcc");
    for name in sanitizers.split(',') {
        match name {
            "address" => {
                build.define("W_SANITIZE_ADDRESS", None);
                println!("cargo:rustc-link-lib=dylib=asan");
            }
            "undefined" => println!("cargo:rustc-link-lib=dylib=ubsan"),
            _ => panic!("WIPPY_LUA_SANITIZE takes address and undefined, joined by a comma; not {name:?}"),
        }
    }
    build.flag(format!("-fsanitize={sanitizers}")).flag("-fno-sanitize-recover=all");
    build.flag("-fno-omit-frame-pointer").flag("-g").opt_level(1);
}

fn copy_sources(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("OUT_DIR can be written");
    for file in fs::read_dir(from).expect("sources can be read").flatten() {
        fs::copy(file.path(), to.join(file.file_name())).expect("OUT_DIR can be written");
    }
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("a source of Lua");
    assert!(
        text.matches(from).count() == 1,
        "{}: the place to change is not there exactly once; a new Lua needs a new look:\n{from}",
        file.display()
    );
    fs::write(file, text.replace(from, to)).expect("OUT_DIR can be written");
}
