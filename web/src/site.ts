// What lies beside the script, where it came from a site of ours.

/** The page that shows one figure and nothing else. */
export const site: { figure?: URL } = {};
