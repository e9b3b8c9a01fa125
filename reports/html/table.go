package html

// table is a table that scrolls by itself if it is wider than the window. A shade
// at an edge says that it continues there.
type table struct {
	Caption string
	Filter  bool // whether the filter of the page searches its rows
	Grid    bool // whether the head and the first column stay in view
	Head    []column
	Rows    []row
}

type column struct {
	Text  string
	Right bool // aligned to the right, for numbers
	Minor bool // left out of a narrow window
	Wide  bool // for sentences
}

// row is a row of a table. Class has the classes that a filter hides it by.
type row struct {
	Class string
	Cells []cell
}

type cell struct {
	Text  string
	Class string // empty, or "word" with the class of an outcome
	Link  string // the id of an element of the page; empty if there is none
	Href  string // another page of a site; empty if there is none
	Note  string // secondary information below Text
}

// Column returns the column of the cell at index i.
func (t table) Column(i int) column { return t.Head[i] }
