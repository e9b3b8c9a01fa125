package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const module = "github.com/assay-id/assay"

// mutated are the packages whose source is changed.
var mutated = []string{"verifier", "verifier/refresh"}

// source is one file of a mutated package.
type source struct {
	name    string // relative to the module, with slashes
	path    string // absolute
	text    []byte
	file    *ast.File
	fset    *token.FileSet
	info    *types.Info
	pkg     *types.Package
	imports map[string]string // path to the name by which the file refers to it
}

// at returns the source text of a node.
func (s *source) at(n ast.Node) string { return string(s.text[s.offset(n.Pos()):s.offset(n.End())]) }

func (s *source) offset(p token.Pos) int { return s.fset.Position(p).Offset }

// load reads and type-checks packages of the module in root.
func load(root string, dirs ...string) ([]*source, error) {
	exports, files, err := listExports(root, dirs)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	imp := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(exports[path])
	})
	var all []*source
	for _, dir := range dirs {
		sources, err := check(fset, imp, root, dir, files[module+"/"+dir])
		if err != nil {
			return nil, err
		}
		all = append(all, sources...)
	}
	return all, nil
}

// listExports asks the go command for the export data of everything that
// packages import, and for the files of all of them.
func listExports(root string, dirs []string) (exports map[string]string, files map[string][]string, err error) {
	args := []string{"list", "-export", "-deps", "-json=ImportPath,Export,GoFiles"}
	for _, dir := range dirs {
		args = append(args, "./"+dir)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list: %w", err)
	}
	exports, files = make(map[string]string), make(map[string][]string)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Export string
			GoFiles            []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return exports, files, nil
		} else if err != nil {
			return nil, nil, err
		}
		exports[p.ImportPath], files[p.ImportPath] = p.Export, p.GoFiles
	}
}

// check parses and type-checks the files of one package.
func check(fset *token.FileSet, imp types.Importer, root, dir string, names []string) ([]*source, error) {
	var sources []*source
	var files []*ast.File
	for _, name := range names {
		path := filepath.Join(root, filepath.FromSlash(dir), name)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		sources = append(sources, &source{
			name: dir + "/" + name, path: path, text: text, file: file, fset: fset, imports: make(map[string]string),
		})
	}
	info := &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue), Uses: make(map[*ast.Ident]types.Object),
		Implicits: make(map[ast.Node]types.Object), Selections: make(map[*ast.SelectorExpr]*types.Selection),
	}
	pkg, err := (&types.Config{Importer: imp}).Check(module+"/"+dir, fset, files, info)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		s.info, s.pkg = info, pkg
		for _, spec := range s.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			name := path[strings.LastIndex(path, "/")+1:]
			if obj, ok := info.Implicits[spec].(*types.PkgName); ok {
				name = obj.Name()
			}
			if spec.Name != nil {
				name = spec.Name.Name
			}
			s.imports[path] = cmp.Or(name, path)
		}
	}
	return sources, nil
}

// spell returns how the file writes a type, and "" if it cannot.
func (s *source) spell(t types.Type) string {
	known := true
	text := types.TypeString(t, func(p *types.Package) string {
		if p == s.pkg {
			return ""
		}
		name, ok := s.imports[p.Path()]
		known = known && ok && name != "_" && name != "."
		return name
	})
	if !known || strings.Contains(text, "untyped") {
		return ""
	}
	return text
}
