#!/bin/bash
# Prepare the host, fetch the release and the secrets, and start everything; run it again for a new release.
#   sudo bash /opt/bmc/deploy/aws/start.sh
# It reads /opt/bmc/where, which host.yaml writes. Every step may be done twice.
set -euo pipefail
umask 077
home=/opt/bmc
export PATH="$PATH:/snap/bin"
while IFS='=' read -r name value; do export "$name=$value"; done < "$home/where"

# The volume of MongoDB and Kafka: formatted once, and never again.
volume="/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${DATA_VOLUME//-/}"
for _ in $(seq 120); do
  if [ -e "$volume" ]; then break; fi
  sleep 1
done
found=0
blkid -p "$volume" > /dev/null || found=$?
# Two: it was read, and there is nothing on it. Anything else is no reason to format it.
case $found in
  0) ;;
  2) mkfs.ext4 -q -L bmc-data "$volume" ;;
  *) echo "cannot tell what is on $volume (blkid says $found)" >&2 && exit 1 ;;
esac
grep -q 'LABEL=bmc-data' /etc/fstab || echo 'LABEL=bmc-data /data ext4 defaults,nofail 0 2' >> /etc/fstab
mkdir -p /data
mountpoint -q /data || mount /data

# Docker keeps everything there.
if ! command -v docker > /dev/null; then
  mkdir -p /etc/docker /data/docker
  echo '{"data-root": "/data/docker", "live-restore": true}' > /etc/docker/daemon.json
  mkdir -p /etc/systemd/system/docker.service.d
  printf '[Unit]\nRequiresMountsFor=/data\n' > /etc/systemd/system/docker.service.d/data.conf
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y docker.io docker-compose-v2 > /dev/null
fi

# The release, whole or not at all.
aws s3 cp --only-show-errors "$RELEASE" "$home/release.tar.gz"
rm -rf "$home/release.new" && mkdir -m 0755 "$home/release.new"
tar -xzf "$home/release.tar.gz" -C "$home/release.new"
rm -rf "$home/release" && mv "$home/release.new" "$home/release"
# By another name first: bash reads this very file as it goes.
cp "$home/release/deploy/aws/start.sh" "$home/deploy/aws/start.sh.new"
mv "$home/deploy/aws/start.sh.new" "$home/deploy/aws/start.sh"

# By which authorities MySQL's certificate is known; containers read it as nobody in particular.
curl -fsS --retry 5 -o "$home/rds.pem" https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
chmod 0755 "$home" && chmod 0644 "$home/rds.pem"

secret() { aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text; }
database=$(secret "$DATABASE_SECRET")
platform=$(secret "$PLATFORM_SECRET")
payments=$(secret "$PAYMENTS_SECRET")
{
  grep -E '^(BMC_|AWS_REGION=|DATABASE_HOST=|LOG_GROUP=)' "$home/where"
  echo "BMC_SECRET_KEY=$platform"
  echo "BMC_PAYMENTS_URL=$payments"
  echo "MYSQL_PASSWORD=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["password"])' <<< "$database")"
  # docker-compose.yml asks for these; here they belong to services that do not run.
  echo "MYSQL_ROOT_PASSWORD=unused"
  echo "AWS_ACCESS_KEY_ID=unused"
  echo "AWS_SECRET_ACCESS_KEY=unused"
} > "$home/release/.env"

cd "$home/release"
docker compose -f docker-compose.yml -f deploy/aws/compose.yaml up --build --detach --wait --wait-timeout 1500 \
  --remove-orphans
docker image prune --force > /dev/null
