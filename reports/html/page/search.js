'use strict';
{
  const most = 50;
  const find = document.getElementById('find');
  const found = document.getElementById('found');
  const results = document.getElementById('results');
  const entries = JSON.parse(document.getElementById('entries').textContent)
    .map(e => ({ ...e, text: (e.id + ' ' + e.title).toLowerCase() }));

  const search = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = words.length ? entries.filter(e => words.every(word => e.text.includes(word))) : [];
    results.replaceChildren(...fits.slice(0, most).map(e => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.href = e.href;
      link.textContent = e.id;
      item.append(e.kind + ' ', link, ' ' + e.title);
      return item;
    }));
    found.value = words.length ? Math.min(most, fits.length) + ' of ' + fits.length : '';
  };
  find.form.hidden = false;
  find.form.addEventListener('input', search);
  find.form.addEventListener('submit', event => event.preventDefault());
}
