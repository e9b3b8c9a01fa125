package tui

// A user marks scenarios to run, copy or list them together: one by one or a
// group, or all lines from one to the cursor.

// extent returns the first and the last line that moving the cursor marks, or
// 0 and -1 if it marks none, as in an empty list.
func (l *caseList) extent() (first, last int) {
	if !l.extending || len(l.entries) == 0 {
		return 0, -1
	}
	at := l.find(l.from)
	return min(at, l.cursor), max(at, l.cursor)
}

// isMarked reports whether line i of the list is marked.
func (l *caseList) isMarked(i int) bool {
	first, last := l.extent()
	r := l.entries[i].row
	return r != nil && (r.marked || i >= first && i <= last)
}

// mark marks the selected scenario, or those of the selected group that pass
// the filter. If all of them are marked it takes the marks away. It ends extend.
func (l *caseList) mark() {
	e, ok := l.selected()
	switch {
	case !ok:
		return
	case l.extending:
		l.extend()
		return
	}
	rows := []*row{e.row}
	if e.row == nil {
		rows = nil
		for _, r := range l.members[e.group] {
			if l.filter.match(r) {
				rows = append(rows, r)
			}
		}
	}
	all := true
	for _, r := range rows {
		all = all && r.marked
	}
	for _, r := range rows {
		r.marked = !all
	}
}

// extend begins to mark every line from the selected one to the cursor. The
// second time it ends that and keeps the marks.
func (l *caseList) extend() {
	if !l.extending {
		l.from, l.extending = l.selected()
		return
	}
	first, last := l.extent()
	for i := first; i <= last; i++ {
		if r := l.entries[i].row; r != nil {
			r.marked = true
		}
	}
	l.extending = false
}

// unmark takes all marks away and reports whether there were any.
func (l *caseList) unmark() bool {
	found := l.extending
	l.extending = false
	for _, r := range l.rows {
		found = found || r.marked
		r.marked = false
	}
	return found
}

// marked returns the marked IDs in the order of the catalogue.
func (l *caseList) marked() []string {
	between := make(map[*row]bool)
	first, last := l.extent()
	for i := first; i <= last; i++ {
		between[l.entries[i].row] = true
	}
	return l.ids(func(r *row) bool { return r.marked || between[r] })
}
