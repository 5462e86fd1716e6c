// What lies beside the script, where it came from a site of ours.

/** The folder with `figure.html`, the page that shows one figure and nothing else; in other languages that lies in a folder of theirs. */
export const site: {
  address?: URL;
  /** The examples whose runs lie there recorded, in the folder `runs`. */
  runs?: string[];
} = {};
