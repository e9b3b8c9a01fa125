package reports

// How the columns of the tables are aligned, as [Table] has it.
const (
	timesAlign     = "llrrrrrrrrr"
	costAlign      = "lrllrr"
	stepsAlign     = "llr"
	eventAlign     = "rlrrrs"
	verdictAlign   = "llr"
	wrongAlign     = "lllrrs"
	thresholdAlign = "lll"
	capacityAlign  = "rlrrrrll"
)

// Table holds the figures of a measurement in rows and columns, as text that is
// through [Escape].
type Table struct {
	Title string
	Head  []string
	Rows  [][]string

	// Align has a letter for each column: l for left, r for right, and s for
	// sentences, which are left, too, and need some width.
	Align string
}

// Tables returns the tables of a benchmark or load run that have rows: the
// times, the capacity, the costs, the steps, the events, the verdicts, the wrong
// answers and the thresholds.
func (s *Summary) Tables() []Table {
	var all []Table
	for _, t := range []struct {
		title, align string
		rows         [][]string
	}{
		{"Times", timesAlign, timesTable(s.Samples)},
		{"Capacity", capacityAlign, s.capacityTable()},
		{"Costs", costAlign, costTable(s.Samples)},
		{"Steps", stepsAlign, stepsTable(s.Samples)},
		{"Events", eventAlign, eventTable(s.Samples)},
		{"Verdicts", verdictAlign, verdictTable(s.Samples)},
		{"Wrong answers", wrongAlign, wrongTable(s.Samples)},
		{"Thresholds", thresholdAlign, s.thresholdTable()},
	} {
		if len(t.rows) > 1 {
			all = append(all, Table{Title: t.title, Head: t.rows[0], Rows: t.rows[1:], Align: t.align})
		}
	}
	return all
}
