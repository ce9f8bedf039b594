-- The index: facts of translation units (extract/tu.h), one set of rows per unit. Offsets are into the unit's flat text; numbers (n)
-- are positions in the facts' arrays. Users may query it; 'version' in meta is made from this text.
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
-- unread: declarations of a vmlinux.h that are no items, because nothing in the unit can name them
CREATE TABLE tu(id INTEGER PRIMARY KEY, root TEXT, main TEXT, flags TEXT, n_text INTEGER, unread INTEGER, UNIQUE(root, main, flags));
CREATE TABLE file(tu INTEGER, n INTEGER, path TEXT, rel TEXT, system INTEGER, sha256 TEXT, size INTEGER, mtime_ns INTEGER,
  PRIMARY KEY(tu, n)) WITHOUT ROWID;
CREATE TABLE include(tu INTEGER, n INTEGER, parent INTEGER, file INTEGER, dir_s INTEGER, dir_e INTEGER, s INTEGER, e INTEGER, top INTEGER,
  spelled TEXT, PRIMARY KEY(tu, n)) WITHOUT ROWID;
CREATE TABLE segment(tu INTEGER, n INTEGER, s INTEGER, e INTEGER, include INTEGER, off INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
-- size, align: of a struct or union to which a reference 'btf' leads, else 0
CREATE TABLE item(tu INTEGER, n INTEGER, s INTEGER, e INTEGER, cs INTEGER, te INTEGER, line_dependent INTEGER, counted INTEGER, licence INTEGER,
  scanned INTEGER, size INTEGER, align INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
-- kind: function variable struct union enum typedef enumconst other
CREATE TABLE decl(tu INTEGER, n INTEGER, item INTEGER, kind TEXT, is_def INTEGER, is_static INTEGER, is_map INTEGER, off INTEGER, end INTEGER,
  name TEXT, section TEXT, usr TEXT, context TEXT, file TEXT, line INTEGER, end_line INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
CREATE INDEX decl_name ON decl(name);
-- how: call address variable type complete-type field enum-constant redeclaration name btf kptr
CREATE TABLE ref(tu INTEGER, n INTEGER, src INTEGER, dst INTEGER, how TEXT, PRIMARY KEY(tu, n)) WITHOUT ROWID;
CREATE TABLE sysref(tu INTEGER, n INTEGER, item INTEGER, top INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
CREATE TABLE tag(tu INTEGER, n INTEGER, item INTEGER, tag TEXT, is_def INTEGER, PRIMARY KEY(tu, n, is_def)) WITHOUT ROWID;
CREATE TABLE macro(tu INTEGER, n INTEGER, name TEXT, s INTEGER, e INTEGER, cs INTEGER, te INTEGER, is_def INTEGER, top INTEGER,
  cmdline TEXT, file TEXT, line INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
CREATE TABLE macro_use(tu INTEGER, n INTEGER, item INTEGER, macro INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
-- what: 0 item, 1 macro, 2 include
CREATE TABLE sysneed(tu INTEGER, n INTEGER, top INTEGER, what INTEGER, target INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
CREATE TABLE pragma(tu INTEGER, n INTEGER, s INTEGER, e INTEGER, mate INTEGER, is_pop INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
-- whole lines of an item that the preprocessor passes over, between two directives of one conditional
CREATE TABLE branch(tu INTEGER, n INTEGER, s INTEGER, e INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
-- caller, callee: declarations; how: call address
CREATE TABLE call(tu INTEGER, n INTEGER, caller INTEGER, callee INTEGER, off INTEGER, how TEXT, PRIMARY KEY(tu, n)) WITHOUT ROWID;
-- access: 1 read, 2 write, 4 passed to another function
CREATE TABLE map_use(tu INTEGER, n INTEGER, function INTEGER, map INTEGER, access INTEGER, off INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
-- helpers of the kernel that functions call
CREATE TABLE helper(tu INTEGER, n INTEGER, function INTEGER, name TEXT, off INTEGER, PRIMARY KEY(tu, n)) WITHOUT ROWID;
-- requests without verification that were answered from a unit: what they left (extract/memo.h). request: a hash of all but the files
CREATE TABLE mcu(request TEXT PRIMARY KEY, tu INTEGER, answer TEXT) WITHOUT ROWID;
-- what came of reading files for 'index': given: the flags given, flags: those with which the file was read in the end, as in tu; error NULL: it is in tu,
-- else the first error, and its place; headers: a hash of the names of all files of the repository that can be included
CREATE TABLE attempt(id INTEGER PRIMARY KEY, root TEXT, main TEXT, given TEXT, flags TEXT, functions INTEGER, error TEXT, file TEXT, line INTEGER,
  headers TEXT, UNIQUE(root, main, given));
-- the files whose change can make a failed attempt succeed
CREATE TABLE attempt_file(attempt INTEGER, path TEXT, size INTEGER, mtime_ns INTEGER, PRIMARY KEY(attempt, path)) WITHOUT ROWID;
