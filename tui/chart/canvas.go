package chart

// canvas collects dots, several to a cell: 2 by 4 with Braille characters, and 1
// by 3 in ASCII.
type canvas struct {
	symbols       Symbols
	width, height int // in dots
	across, down  int // dots per cell
	cells         []dots
	columns       int // cells in a row

	ink  Ink
	fill bool
	tops []int // of a series with an area: the highest dot of each column plus 1
}

// dots are those of one cell, as bits of a Braille character, and the ink of the
// last series that drew one.
type dots struct {
	bits byte
	ink  Ink
}

func newCanvas(w, h int, symbols Symbols) *canvas {
	c := &canvas{symbols: symbols, across: 2, down: 4, columns: w, cells: make([]dots, w*h)}
	if symbols == ASCII {
		c.across, c.down = 1, 3
	}
	c.width, c.height = w*c.across, h*c.down
	return c
}

// begin starts a series. end completes it.
func (c *canvas) begin(ink Ink, fill bool) {
	c.ink, c.fill = ink, fill
	if fill {
		c.tops = make([]int, c.width)
	}
}

func (c *canvas) end() {
	if !c.fill {
		return
	}
	c.fill = false
	for x, top := range c.tops {
		for y := range top {
			c.set(x, y)
		}
	}
}

// column returns the column of dots of a time between from and to.
func (c *canvas) column(at, from, to float64) int {
	if !(to > from) {
		return 0
	}
	return min(max(int((at-from)/(to-from)*float64(c.width-1)+0.5), 0), c.width-1)
}

// set sets the dot in column x at height y from the bottom.
func (c *canvas) set(x, y int) {
	if c.fill {
		c.tops[x] = max(c.tops[x], y+1)
		return
	}
	row := (c.height - 1 - y) / c.down
	cell := &c.cells[row*c.columns+x/c.across]
	cell.bits |= c.bit(x%c.across, (c.height-1-y)%c.down)
	cell.ink = c.ink
}

// bit returns the bit of a dot of a Braille character, from the left and the
// top. In ASCII only the left side is used.
func (c *canvas) bit(x, y int) byte {
	return [2][4]byte{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}[x][y]
}

// line sets the dots between two, by the algorithm of Bresenham.
func (c *canvas) line(x0, y0, x1, y1 int) {
	dx, dy := abs(x1-x0), -abs(y1-y0)
	sx, sy := 1, 1
	if x1 < x0 {
		sx = -1
	}
	if y1 < y0 {
		sy = -1
	}
	for err := dx + dy; ; {
		c.set(x0, y0)
		if x0 == x1 && y0 == y1 {
			return
		}
		twice := 2 * err
		if twice >= dy {
			err += dy
			x0 += sx
		}
		if twice <= dx {
			err += dx
			y0 += sy
		}
	}
}

// draw writes the cells with dots to area.
func (c *canvas) draw(area []Line) {
	for i, cell := range c.cells {
		if cell.bits == 0 {
			continue
		}
		r := '\u2800' + rune(cell.bits)
		if c.symbols == ASCII {
			// By the dots at the top, in the middle and at the bottom.
			r = [8]rune{' ', '\'', '-', '|', '.', '|', ':', '#'}[cell.bits]
		}
		area[i/c.columns][i%c.columns] = Cell{r, cell.ink}
	}
}
