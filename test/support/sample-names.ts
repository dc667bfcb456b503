/** Names that a page must bear: one letter, no place to break, right to left, and markup. */
export const hardNames = {
  oneLetter: 'Ø',
  unbroken: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft',
  rightToLeft: 'محمد بن موسى الخوارزمي أبو جعفر العالم الرياضي الفلكي الجغرافي صاحب كتاب المختصر في حساب الجبر',
  markup: `<b onclick="alert(1)">Bobby</b> & "Tables" </title><script>alert('1')</script>`,
}
