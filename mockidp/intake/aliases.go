package intake

import (
	"github.com/goccy/go-yaml/ast"
)

// size is what a value takes when its aliases are expanded.
type size struct {
	bytes int // about that of its text
	depth int // of collections in each other
}

// expansion adds up a document with its aliases expanded, without expanding
// them.
type expansion struct {
	anchors map[string]size
}

// checkAliases refuses a document that is larger than MaxYAML or deeper than
// maxDepth when its aliases are expanded: a decoder would expand them. The
// depth of the document itself has been checked.
func checkAliases(root ast.Node) error {
	e := expansion{anchors: make(map[string]size)}
	_, err := e.of(root)
	return err
}

// of returns the size of node.
func (e *expansion) of(node ast.Node) (size, error) {
	switch n := node.(type) {
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		s, ok := e.anchors[name]
		if !ok {
			return size{}, At(node, "no anchor %q ends before this alias", name)
		}
		return s, nil
	case *ast.AnchorNode:
		s, err := e.of(n.Value)
		e.anchors[n.Name.GetToken().Value] = s
		return s, err
	case *ast.TagNode:
		return e.of(n.Value)
	case *ast.MappingKeyNode:
		return e.of(n.Value)
	case *ast.MappingValueNode:
		return e.collection(node, n.Key, n.Value)
	case *ast.MappingNode:
		parts := make([]ast.Node, 0, 2*len(n.Values))
		for _, v := range n.Values {
			parts = append(parts, v.Key, v.Value)
		}
		return e.collection(node, parts...)
	case *ast.SequenceNode:
		return e.collection(node, n.Values...)
	case *ast.LiteralNode:
		return size{bytes: len(n.Value.Value) + 1}, nil
	case nil:
		return size{}, nil
	}
	return size{bytes: len(node.GetToken().Value) + 1}, nil
}

// collection returns the size of node, which has these parts.
func (e *expansion) collection(node ast.Node, parts ...ast.Node) (size, error) {
	whole := size{bytes: 1}
	for _, part := range parts {
		s, err := e.of(part)
		if err != nil {
			return size{}, err
		}
		whole.bytes += s.bytes
		whole.depth = max(whole.depth, s.depth)
		if whole.bytes > MaxYAML {
			return size{}, At(node, "with its aliases expanded this has more than %d bytes",
				MaxYAML)
		}
	}
	whole.depth++
	if whole.depth > maxDepth {
		return size{}, At(node, "nested more than %d levels deep, aliases expanded", maxDepth)
	}
	return whole, nil
}
