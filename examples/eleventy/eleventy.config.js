import farthing from 'farthing/eleventy';

export default (config) => {
  config.addPassthroughCopy('img');
  config.addPlugin(farthing);
};
