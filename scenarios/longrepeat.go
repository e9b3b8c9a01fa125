package scenarios

import (
	"strings"
	"text/template/parse"
)

// A template may be many mebibytes long, all but a few bytes of which are one
// repeat with constant arguments. The package text/template would copy that
// string twice on its way out, so it is written where it belongs at once.

// longRepeat is from how many bytes on a repeat is worth it.
const longRepeat = 1 << 20

// writeRepeat is the name of the function that writes a long repeat. No
// template of a file can call it: only withLongRepeats puts it into a tree.
const writeRepeat = "writeRepeat"

// withLongRepeats returns the tree with its long repeats written directly, or
// the tree itself if it has none. Only the outermost level is looked at.
func withLongRepeats(tree *parse.Tree) *parse.Tree {
	written := tree
	for i, node := range tree.Root.Nodes {
		if !isLongRepeat(node) {
			continue
		}
		if written == tree {
			written = tree.Copy()
		}
		action := written.Root.Nodes[i].(*parse.ActionNode)
		action.Pipe.Cmds[0].Args[0].(*parse.IdentifierNode).Ident = writeRepeat
	}
	return written
}

// isLongRepeat reports whether node is an action that does nothing but repeat
// a constant so often that the result is long.
func isLongRepeat(node parse.Node) bool {
	action, ok := node.(*parse.ActionNode)
	if !ok || len(action.Pipe.Decl) > 0 || len(action.Pipe.Cmds) != 1 ||
		len(action.Pipe.Cmds[0].Args) != 3 {
		return false
	}
	args := action.Pipe.Cmds[0].Args
	name, isName := args[0].(*parse.IdentifierNode)
	text, isText := args[1].(*parse.StringNode)
	times, isNumber := args[2].(*parse.NumberNode)
	return isName && isText && isNumber && times.IsInt &&
		name.Ident == "repeat" && times.Int64 > 0 && times.Int64 <= maxRepeat && times.Int64*int64(len(text.Text)) >= longRepeat
}

// repeatInto returns the function that writes a repeat to b. It leaves room for
// what follows, which would otherwise move the whole string once more.
func repeatInto(b *strings.Builder) func(string, int) (string, error) {
	const room = 8 << 10
	return func(s string, n int) (string, error) {
		if err := checkRepeat(s, n); err != nil {
			return "", err
		}
		b.Grow(n*len(s) + room)
		many := min(n, room/len(s)+1)
		chunk := strings.Repeat(s, many)
		for ; n >= many; n -= many {
			b.WriteString(chunk)
		}
		b.WriteString(chunk[:n*len(s)])
		return "", nil
	}
}
