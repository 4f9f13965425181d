# --8<-- [start:cli_rules]
kaggle competitions download -c dogs-vs-cats -p kaggle_download ||
    echo "exit status $?"
# --8<-- [end:cli_rules]

# --8<-- [start:set_token_aside]
mv ~/.kaggle/access_token ~/.kaggle/access_token.off
# --8<-- [end:set_token_aside]

# --8<-- [start:classic_key]
mkdir -p -m 700 ~/.kaggle
install -m 600 ~/Downloads/kaggle.json ~/.kaggle/kaggle.json
rm ~/Downloads/kaggle.json
kaggle config view
# --8<-- [end:classic_key]

# --8<-- [start:classic_download]
kaggle competitions download -c dogs-vs-cats -p kaggle_download
python -m zipfile -e kaggle_download/dogs-vs-cats.zip kaggle_download
ls kaggle_download
# --8<-- [end:classic_download]

# --8<-- [start:answer_readable]
chmod 644 ~/.kaggle/kaggle.json
kaggle config view
chmod 600 ~/.kaggle/kaggle.json
# --8<-- [end:answer_readable]
