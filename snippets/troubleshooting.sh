# --8<-- [start:pip]
pip install tensorflow || echo "exit status $?"
# --8<-- [end:pip]

# --8<-- [start:no_module]
python -c "import tensorflow" || echo "exit status $?"
# --8<-- [end:no_module]

# --8<-- [start:corrupt]
python -c "
import tensorflow as tf
for name in ['extra.jpg', 'clean.jpg']:
    image = tf.io.decode_jpeg(tf.io.read_file(name))
    print(name, image.shape, flush=True)
" 2>&1 | grep -i jp
# --8<-- [end:corrupt]
