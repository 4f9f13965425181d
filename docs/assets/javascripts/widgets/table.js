// The Chinese for what widgets say. The Chinese site has another file here,
// from docs/labels.yml, which docs/hooks/widgets.py writes; the keys are what
// the English site says.
export const TABLE = {};
