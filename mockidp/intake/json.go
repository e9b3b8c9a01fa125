package intake

import (
	"errors"

	"github.com/assay-id/assay/mockidp/internal/strict"
)

// JSON decodes the one value of text into out, strictly. name is the name of
// the file in errors. Every error that has a place in the text is an *[Error],
// whose Problem begins with the JSON Pointer of the value.
func JSON(name string, text []byte, out any) error {
	text, err := plain(name, text, MaxJSON)
	if err != nil {
		return err
	}
	if at, deep := tooDeep(text); deep {
		return errorAfter(name, text, at, "nested more than %d levels deep", maxDepth)
	}
	err = strict.JSON(text, out)
	if wrong, ok := errors.AsType[*strict.Error](err); ok {
		return errorAfter(name, text, min(wrong.Offset, len(text)), "%v", wrong)
	}
	return err
}

// tooDeep returns the offset of the first bracket of a JSON text that is
// nested too deeply.
func tooDeep(text []byte) (at int, deep bool) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			if depth++; depth > maxDepth {
				return i, true
			}
		case ']', '}':
			depth--
		}
	}
	return 0, false
}
