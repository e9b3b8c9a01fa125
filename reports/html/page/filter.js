'use strict';
{
  const find = document.getElementById('find');
  const found = document.getElementById('found');
  const unfold = document.getElementById('unfold');
  const rows = [...document.querySelectorAll('table.filtered tbody tr')].map(row => {
    const link = row.querySelector('a');
    const section = link && document.getElementById(link.hash.slice(1)).closest('details');
    return { row, section, text: null };
  });
  const text = r => r.text ??= (r.row.textContent + ' ' + (r.section ? r.section.textContent : '')).toLowerCase();
  const shown = () => rows.filter(r => r.row.checkVisibility());

  const search = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const r of rows) {
      const hidden = !words.every(word => text(r).includes(word));
      r.row.hidden = hidden;
      if (r.section) r.section.hidden = hidden;
    }
    found.value = shown().length + ' of ' + rows.length;
  };
  find.closest('p').hidden = false;
  find.form.addEventListener('input', search);
  find.form.addEventListener('submit', event => event.preventDefault());
  unfold.addEventListener('click', () => {
    for (const r of shown()) if (r.section) r.section.open = true;
  });
}
