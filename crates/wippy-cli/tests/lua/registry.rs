//! `registry`: reading entries.

use crate::app::App;
use wippy_core::{Entry, Tree};

fn page(name: &str, order: i64, data: Tree) -> Entry {
    let meta = Tree::map([("type", Tree::from("page")), ("order", Tree::from(order))]);
    Entry {
        id: format!("app.ui:{name}").as_str().into(),
        kind: "registry.entry".into(),
        meta,
        data,
        ..Entry::default()
    }
}

fn app(body: &str) -> App {
    let data = Tree::map([("title", Tree::from("Home")), ("parts", Tree::from(vec![Tree::from(1), Tree::from(2)]))]);
    App::new(&format!(
        "local function ids(list)
            local ids = {{}} for i, e in ipairs(list) do ids[i] = e.id end table.sort(ids) return table.concat(ids, ' ')
        end
        {body}\nreturn true"
    ))
    .entry(page("home", 1, data))
    .entry(page("about", 2, Tree::Map(Vec::new())))
    .entry(Entry { id: "app.ui:bare".into(), kind: "registry.entry".into(), ..Entry::default() })
}

macro_rules! registry_tests {
    ($($name:ident: $body:expr;)*) => {
        $(#[test] fn $name() { app($body).passes(); })*
    };
}

registry_tests! {
    an_entry_has_id_kind_meta_and_data:
        "local e, err = registry.get('app.ui:home') assert(err == nil)
        checks.equal(e, {id = 'app.ui:home', kind = 'registry.entry', meta = {type = 'page', order = 1},
            data = {title = 'Home', parts = {1, 2}}})
        checks.equal(registry.get('app.ui:about').data, {})
        local bare = registry.get('app.ui:bare')
        assert(bare.data == nil) checks.equal(bare.meta, {})
        assert(registry.get('app:main').kind == 'process.lua')";
    an_entry_that_is_not_there:
        "checks.refused(errors.NOT_FOUND, 'entry not found: app:nothing', registry.get('app:nothing'))
        checks.refused(errors.NOT_FOUND, 'entry not found: ', registry.get(''))
        checks.raises('string expected', registry.get)
        checks.raises('table expected', registry.find)
        checks.raises('table expected', registry.find, 'x')";
    entries_are_found_by_criteria:
        "local function found(filter) return ids(assert(registry.find(filter))) end
        assert(found{['meta.type'] = 'page'} == 'app.ui:about app.ui:home')
        assert(found{['meta.type'] = 'page', ['meta.order'] = 2.0} == 'app.ui:about')
        assert(found{['.ns'] = 'app.ui'} == 'app.ui:about app.ui:bare app.ui:home')
        assert(found{['.kind'] = 'registry.*', ['.name'] = 'h*'} == 'app.ui:home')
        assert(found{['^meta.type'] = 'pa', ['.id'] = '*:about'} == 'app.ui:about')
        assert(found{['~meta.type'] = '^x'} == '')
        -- A key that means nothing excludes nothing.
        assert(#registry.find{kind = 'registry.entry'} == #registry.find{})";
    criteria_that_mean_nothing_exclude_nothing:
        "local all = #registry.find{}
        for _, filter in ipairs{{'x'}, {[true] = 1}, {[{}] = 1}, {[''] = 'x'}, {name = 'home'}, {meta = {type = 'page'}}, {['.other'] = 'x'},
            {['~.kind'] = 'x'}, {['.kind'] = 5}, {['.name'] = {}}, {['~meta.type'] = '('}, {['^meta.type'] = 1}} do
            checks.equal(#assert(registry.find(filter)), all)
            checks.equal(#assert(registry.snapshot():find(filter)), all)
        end
        for _, bad in ipairs{print, channel.new(), {print}} do
            checks.refused(errors.INVALID, '', registry.find{['meta.type'] = bad})
            checks.refused(errors.INVALID, '', registry.snapshot():find{bad})
        end";
    a_namespace_is_taken_literally:
        "local s = registry.snapshot()
        for _, ns in ipairs{'', 'app.', 'app.u*', '*', 'app.ui:home'} do checks.equal((s:namespace(ns)), {}) end";
    wrong_arguments_raise:
        "local s, h, v = registry.snapshot(), registry.history(), registry.current_version()
        for _, bad in ipairs{{}, true, print, s} do
            for _, f in ipairs{registry.get, registry.parse_id} do checks.raises('string expected', f, bad) end
            checks.raises('number expected', registry.snapshot_at, bad)
            for _, m in ipairs{'get', 'namespace'} do checks.raises('string expected', s[m], s, bad) end
            checks.raises('number expected', h.get_version, h, bad) checks.raises('version expected', h.snapshot_at, h, bad)
        end
        for _, bad in ipairs{5, 'x', true, print, s} do
            checks.raises('table expected', registry.find, bad) checks.raises('table expected', s.find, s, bad)
        end
        checks.raises('integer representation', registry.snapshot_at, 1.5) checks.raises('integer representation', h.get_version, h, 0.5)
        for _, bad in ipairs{5, 'x', {}, channel.new()} do
            for _, m in ipairs{'get', 'find', 'namespace', 'entries', 'version'} do checks.raises('snapshot expected', s[m], bad, {}) end
            for _, m in ipairs{'versions', 'get_version', 'snapshot_at'} do checks.raises('history expected', h[m], bad, 0) end
            for _, m in ipairs{'id', 'string', 'previous', 'next'} do checks.raises('version expected', v[m], bad) end
        end";
    ids_are_taken_apart:
        "checks.equal(registry.parse_id('a.b:c:d'), {ns = 'a.b', name = 'c:d'})
        checks.equal(registry.parse_id('x'), {ns = '', name = 'x'})
        checks.equal(registry.parse_id(''), {ns = '', name = ''})";
    a_snapshot_reads_as_the_registry_does:
        "local s = assert(registry.snapshot())
        assert(tostring(s) == 'registry.Snapshot{version=v0}' and type(s) == 'userdata')
        assert(s:get('app.ui:home').data.title == 'Home')
        checks.refused(errors.NOT_FOUND, 'entry not found', s:get('app.ui:none'))
        assert(ids(s:namespace('app.ui')) == 'app.ui:about app.ui:bare app.ui:home')
        assert(ids(s:find{['meta.order'] = 1}) == 'app.ui:home')
        assert(#s:entries() == #registry.find{})
        assert(s:version():id() == 0)
        checks.raises('snapshot expected', s.get, {}, 'app.ui:home')";
    versions_and_history:
        "local v = assert(registry.current_version())
        assert(v:id() == 0 and v:string() == 'v0' and tostring(v) == 'registry.Version{v0}')
        assert(v:previous() == nil and v:next() == nil)
        local all = registry.versions() assert(#all == 1 and all[1]:id() == 0)
        local h = registry.history()
        assert(tostring(h) == 'registry.History{}' and #h:versions() == 1 and h:get_version(0):id() == 0)
        assert(h:snapshot_at(v):get('app.ui:home').id == 'app.ui:home')
        checks.refused(errors.INVALID, '', h:get_version(-1))
        checks.refused(errors.NOT_FOUND, '', h:get_version(1))
        checks.refused(errors.INVALID, '', registry.snapshot_at(0))
        checks.refused(errors.NOT_FOUND, '', registry.snapshot_at(7))
        checks.raises('version expected', h.snapshot_at, h, 0)";
}

#[test]
fn what_may_not_be_read_is_refused_or_left_out() {
    let app = app("
        checks.refused(errors.PERMISSION_DENIED, 'not allowed: app.ui:home', registry.get('app.ui:home'))
        checks.refused(errors.PERMISSION_DENIED, 'not allowed: app:nothing', registry.get('app:nothing'))
        checks.equal(registry.find{}, {})
        local s = registry.snapshot()
        checks.equal(s:entries(), {}) checks.equal(s:namespace('app.ui'), {})
        checks.refused(errors.PERMISSION_DENIED, 'not allowed', s:get('app.ui:home'))
        assert(registry.current_version():id() == 0)");
    app.strict().passes();
}
