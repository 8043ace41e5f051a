package OrderSave::Shards;

# A worker's Redis with something of everything in it, and what is in it told
# without regard to the shards that it lies in: to prove that another number of
# shards loses and doubles nothing.
#
#     my $t = OrderSave::Shards->new(shards => 4, %{OrderSave::Shards::shop()});
#     $t->start;
#     OrderSave::Shards::fill($t);
#     my $before = $t->inventory;
#     …
#     is_deeply $t->misplaced, [];
#     is_deeply $t->inventory, $before;
#     OrderSave::Shards::deliver($t);

use strict;
use warnings;
use v5.30;

use parent 'OrderSave::Worker';

use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use OrderSave::Link;
use Test::More;
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->canonical->utf8;
my $MANY = $ENV{ORDERSAVE_FULL} ? 20_000 : 1_000;

sub shop {
    return {campaign => {offers => [
        {id => 'ten', reasons => ['costs'], give => {coupon => {pool => 'ten', percent => '10'}}},
        {id => 'less', reasons => ['costs'], give => {discount => {amount => {EUR => '5.00'}}},
         limit => {budget => {EUR => '500.00'}}},
    ], follow_up => {cancelled => {after => '1h', email => JSON::PP::true}}}};
}

sub redis_config {
    my ($self) = @_;
    return {host => '127.0.0.1', port => $self->{redis_port}, timeout => '30s', shards => $self->{shards}};
}

sub config {
    my ($self, %over) = @_;
    return $self->SUPER::config(redis => $self->redis_config, %over);
}

# All keys of all nodes.
sub keys_all { return @{$_[0]->redis('KEYS', 'ordersave:{*}:*')} }

sub connection {
    my ($self) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{redis_port}) or die;
    print $socket "XLEN none\r\n";
    <$socket>;
    return $socket;
}

# Killed so many seconds after it began to move: was it?
sub ctl_killed {
    my ($self, $after, @words) = @_;
    my $out = $self->path('killed.out');
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', $out;
        open STDERR, '>&', \*STDOUT;
        exec $self->{ctl}, '-c', $self->path('worker.json'), @words or POSIX::_exit(127);
    }
    sleep 0.002 until $self->read('killed.out') =~ /shards to/ || waitpid($pid, POSIX::WNOHANG());
    sleep $after;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return $? != 0;
}

# Broken off by the first command that matches one of these, before it arrives,
# and again, until each has been met or all is done: the names of those met.
sub ctl_broken {
    my ($self, $what, @words) = @_;
    my %left = %$what;
    my $file = $self->path('broken');
    my $link = $self->{link} //= OrderSave::Link->new($self->{redis_port});
    $self->configure(redis => {%{$self->redis_config}, port => $link->{port}});
    while (%left) {
        $link->break_at(join('|', values %left), $file);
        my ($rc, $out, $err) = $self->ctl(@words);
        last unless -e $file;
        my $bytes = $self->read('broken');
        delete @left{grep { $bytes =~ $left{$_} } keys %left};
        $self->redis('DEL', 'ordersave:{0}:mover');
    }
    $self->configure;
    return grep { !$left{$_} } sort keys %$what;
}

# What Redis says of the number of its shards; 0: they are being moved.
sub number {
    my ($self) = @_;
    my %n = map { $self->redis('HGET', "ordersave:{$_}:config", 'shards') => 1 } qw(0 2 3 10 14 108 460);
    return keys %n == 1 ? (keys %n)[0] : 0;
}

# The last words of a worker that was given its old number.
sub worker_refused {
    my ($self, $shards) = @_;
    my $file = $self->write('refused.json', $json->encode($self->config(
        $shards ? (redis => {%{$self->redis_config}, shards => $shards}) : (redis => {%{$self->redis_config}, shards => 4}))));
    return scalar qx{timeout 20 $self->{worker} -c $file 2>&1};
}

# Something of everything. Orders whose follow-ups wait, events and webhooks that
# nobody has read, codes and sums in shards and on pages.
sub fill {
    my ($t) = @_;
    my @orders = map { $t->buy(customer => 'ada', billing => {email => "buyer$_\@shop.test"}) } 1 .. 24;
    $t->{orders} = \@orders;
    $t->accept($_) for @orders[0 .. 5];
    $t->wait_for('accepts', sub { 6 == grep { ($t->decision($_)->{applied} // '') eq 'done' } @orders[0 .. 5] }) or diag 'not accepted';
    for my $o (@orders[6 .. 11]) {
        $t->tell($o, kind => 'asked', via => 'page');
        $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
        $t->webhook($t->shop($o));
    }
    $t->wait_for('follow-ups', sub { 6 == grep { $_->{purpose} eq 'cancelled' } values %{$t->all('jobs')} }) or diag 'no follow-ups';
    $t->mails(6, subject => 'applied');

    # a parcel that waits for its order, and a word against mails
    $t->webhook({parcel => {number => 'C1', milestone => 'in_transit', order => '999999'}}, source => 'generic', topic => '');
    $t->wait_for('a parcel', sub { grep /:wait:/, $t->keys_all }) or diag 'no parcel waits';
    $t->settled;

    # from here on nobody reads
    $t->kill_now('worker');
    for my $o (@orders[12 .. 17]) {
        $t->accept($o);
        $t->tell($o, kind => 'scored', score => $_) for 4, 5;
    }
    $t->webhook($t->shop($_), topic => 'order.updated') for @orders[18 .. 23];
    $t->{new} = [map { $t->{demo}->order(customer => 'ada', billing => {email => "late$_\@shop.test"}, locale => 'en') } 1 .. 6];
    $t->webhook($_->{order}, topic => 'order.created') for @{$t->{new}};

    my $put = sub { my ($name, $where, @words) = @_; my $verb = shift @words; $t->redis($verb, $t->key($name, $where), @words) };
    for my $n (1 .. 12) {
        my $c = "customer$n";
        $put->("$_:shop/$c", "shop/$c", 'SET', 'x', 'EX', 5000) for qw(suppress said cap erased);
        $put->("asked:shop/$c", "shop/$c", 'ZADD', 5, $n);
        $put->("limit:shop/$c", "shop/$c", 'HSET', $n, 'ten 5');
        $put->("link:shop/$n", "shop/$n", 'SET', 'x');
        $put->("alias:shop/phone/$n", "shop/phone/$n", 'SET', $n);
        $put->("$_:shop/dhl/$n", "shop/dhl/$n", $_ eq 'transit' ? ('HSET', 3, $n) : ('ZADD', 3, "C$n")) for qw(transit counted);
        $put->("product:shop/p$n", "shop/p$n", 'SET', 'x');
        $put->("products:shop", "shop/p$n", 'SADD', "p$n");
        $put->("category:shop/c$n", "shop/c$n", 'ZADD', 5, "p$n");
        $put->("group:shop/g$n", "shop/g$n", 'ZADD', 5, "p$n");
        $put->("shelf:shop/$n", "shop/$n", 'SET', "b\t$n");
        $put->("friend:shop/f$n", "shop/f$n", 'SET', $n);
        $put->("acks:shop/a$n", "shop/a$n", 'SADD', "job$n");
        $put->("evidence:shop/chain", 'shop/chain', 'HSET', $n, 'x', "~$n", $n);
        $put->("words:shop/$n", "shop/$n", 'HSET', "f$n", 'dear');
        $put->('facts', "shop/$n", 'XADD', '*', 'e', $json->encode({id => "f$n", order => "shop/$n", kind => 'asked'}));
        $put->("$_:shop/p$n", "shop/p$n", 'ZADD', 5, "p$n") for qw(with counted-with);
        $put->("$_:shop/$n", "shop/$n", 'SET', $n, 'EX', 5000) for qw(tries verdicts return sought broken);
        $put->('aside', "shop/$n", 'XADD', '*', 'e', $json->encode({id => "aside$n", order => "shop/$n", kind => 'odd'}));
        $put->('dead', "shop/$n", 'HSET', "dead$n", $json->encode({id => "dead$n", order => "shop/$n", why => 'so'}));
        $put->('died', "shop/$n", 'ZADD', 1000 + $n, "dead$n");
        $put->('dead', "shipper/$n", 'HSET', "raw/$n", $json->encode({source => 'shipper', topic => '', body => "{$n"}));
        $put->($_, "shipper/$n", 'ZADD', 2000 + $n, "raw/$n") for qw(died buried);
        my $name = "shop/held$n";
        my ($pool, $budget) = map { $t->key($_, $name) } 'pool:shop/ten', 'budget:shop/less/EUR';
        my $code = $t->redis('LPOP', $pool);
        $t->redis('DECRBY', $budget, 500);
        my $until = int(time) + 3600;
        $put->("held:$name", $name, 'SET', $json->encode({'' => "$until", less => {cost => '500', budget => $budget},
            $code ? (ten => {code => $code, pool => $pool}) : ()}));
        $put->('holds', $name, 'ZADD', $until, $name);
    }
    $t->redis(@$_) for map { my ($verb, $name, @rest) = @$_; [$verb, $t->shard_key(0, $name), @rest] }
        ['HSET', 'given:shop/ten', 'n', 'TEN-GIVEN'], ['SET', 'reconciled:shop', 1], ['HSET', 'pauses', 'other/*/*', 1],
        ['SET', 'paused', 1], ['SET', 'import:shop', '120 4096'], ['SET', 'pull:shop', '{"changes":1}'], ['SADD', 'pulled:shop', 'reading/1', '7'], ['HSET', 'calls', 'shop/ten//2', '1 5'], ['SET', 'tested:name', 1, 'EX', 300];
    $put->($_, 'shop/seeks', 'SADD', 'x') for 'seeks:shop/visitor';
    $put->($_, 'shop/seeks', 'SET', 3) for 'seeks:shop';

    # transfers that a crash left: on its way to a shard, there already, and back
    $t->redis('RPUSH', $t->shard_key(0, 'move:shop/ten/2'), 'id-1', $t->redis('LPOP', $t->shard_key(0, 'stock:shop/ten')));
    $t->redis('RPUSH', $t->shard_key(0, 'move:shop/less/EUR/1'), 'id-2', 700);
    $t->redis('SET', $t->shard_key(1, 'moved:shop/less/EUR'), 'id-2');
    $t->redis('DECRBY', $t->shard_key(2, 'budget:shop/less/EUR'), 30);
    $t->redis('RPUSH', $t->shard_key(2, 'back:shop/less/EUR'), 'id-3', 30);
    $t->redis('RPUSH', $t->shard_key(3, 'back:shop/ten'), 'id-4', $t->redis('RPOP', $t->shard_key(3, 'pool:shop/ten')));

    # and many of what there are many of
    $t->many($MANY);
    return {map { $_ => 1 } map { /^ordersave:\{\d+\}:([^:]+)/ ? $1 : () } $t->keys_all};
}

sub many {
    my ($t, $n) = @_;
    for my $i (1 .. $n) {
        my $name = "shop/m$i";
        push @{$t->{line}}, ['SET', $t->key("o:$name", $name), $json->encode({v => 1, store => 'shop', id => "m$i", state => 'open'}), 'EX', 90000];
        if ($i % 3 == 0) {
            my $job = {id => sprintf('job-%012d', $i), order => $name, purpose => 'support_score', channel => 'smtp',
                made_ms => 1, data => {to => 'support', score => 1}};
            my ($hash, $key) = $t->job_place($name, $job->{id});
            my $due = int(time * 1000) + 7_200_000;
            push @{$t->{line}}, ['HSET', $hash, $job->{id}, $json->encode($job)],
                ['ZADD', $t->key('queue', $name), $i % 2 ? $due : $due - 7e14, $key];
        }
    }
    $t->line;
}

# Sends what is in the line, and reads as many answers.
sub line {
    my ($t) = @_;
    while (my @some = splice @{$t->{line}}, 0, 500) {
        my %to;
        push @{$to{$t->port_of($_->[1])}}, $_ for @some;
        for my $port (keys %to) {
            my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die;
            print $socket map { my $c = $_; '*' . @$c . "\r\n", map { '$' . length($_) . "\r\n$_\r\n" } @$c } @{$to{$port}};
            $socket->flush;
            OrderSave::Nginx::_reply($socket) for @{$to{$port}};
        }
    }
}

sub port_of { return $_[0]{redis_port} }

# What docs/formats.md has in its table of keys, and is not there.
sub kinds_missing {
    my ($self, $there) = @_;
    open my $in, '<', "$OrderSave::Nginx::ROOT/docs/formats.md" or die;
    my (@missing, $table);
    while (<$in>) {
        $table = 1 if /^\| key \| type/;
        $table = 0 if $table && /^$/;
        next unless $table && /^\| (`[^|]+)\|/;
        for my $name (map { /^([\w-]+)/ ? $1 : () } $1 =~ /`([^`]+)`/g) {
            next if $name =~ /^(?:due|workers|closed|here|codes|budgetset|stockbudget|stock|mover|came|lease|config)$/;
            push @missing, $name unless $there->{$name} || $name eq 'jobs';
        }
    }
    return \@missing;
}

my %EACH = map { $_ => 1 } qw(ev in aside facts queue jobs dead died buried sent stat holds held pool budget products lease
    moved back move calls workers closed here tested config came mover stockbudget stock pulled);

# What is under each key, and how it is told apart: by its DUMP, and whether it
# has an end.
sub inventory {
    my ($self) = @_;
    my (%all, %sum, @codes);
    for my $key (sort $self->keys_all) {
        my ($name) = $key =~ /^ordersave:\{\d+\}:(.*)/s;
        my ($kind, $rest) = $name =~ /^([^:]+)(?::(.*))?$/s;
        if (!$EACH{$kind}) {
            my $left = $self->redis('TTL', $key);
            next if $left != -1 && $left < 60;      # an order's own id is an alias for 20 s
            push @{$all{whole}{$name}}, [$self->content($key), $left > 0 ? 'ends' : 'stays'];
        } elsif ($kind eq 'ev') {
            for (@{$self->redis('XRANGE', $key, '-', '+')}) { my $e = $json->decode($_->[1][1]); push @{$all{ev}{$e->{order}}}, $e->{id} }
        } elsif ($kind eq 'in' || $kind eq 'aside' || $kind eq 'facts') {
            push @{$all{$kind}}, map { join "\0", @{$_->[1]} } @{$self->redis('XRANGE', $key, '-', '+')};
        } elsif ($kind eq 'queue') {
            my %due = @{$self->redis('ZRANGE', $key, 0, -1, 'WITHSCORES')};
            for (keys %due) { my $d = $due{$_}; $d += 1e14 while $d < -5e13; push @{$all{due}{$_}}, $d }
        } elsif ($kind eq 'jobs' || $kind eq 'dead') {
            my %jobs = @{$self->redis('HGETALL', $key)};
            push @{$all{$kind}{$_}}, $jobs{$_} for keys %jobs;
        } elsif ($kind eq 'died' || $kind eq 'buried') {
            my %at = @{$self->redis('ZRANGE', $key, 0, -1, 'WITHSCORES')};
            push @{$all{$kind}{$_}}, $at{$_} for keys %at;
        } elsif ($kind eq 'sent') {
            $all{sent}{$_} = 1 for @{$self->redis('ZRANGE', $key, 0, -1)};
        } elsif ($kind eq 'stat') {
            my %n = @{$self->redis('HGETALL', $key)};
            $sum{"stat $_"} += $n{$_} for keys %n;
        } elsif ($kind eq 'products') {
            push @{$all{products}}, @{$self->redis('SMEMBERS', $key)};
        } elsif ($kind eq 'holds') {
            push @{$all{holds}}, @{$self->redis('ZRANGE', $key, 0, -1, 'WITHSCORES')};
        } elsif ($kind eq 'held') {
            my $held = $json->decode($self->redis('GET', $key));
            $sum{"budget shop/less/EUR"} += $held->{less}{cost};
            push @codes, $held->{ten}{code} if $held->{ten};
        } elsif ($kind =~ /budget/) {
            $sum{"budget $rest"} += $self->redis('GET', $key);
        } elsif ($kind eq 'pool' || $kind eq 'stock') {
            push @codes, @{$self->redis('LRANGE', $key, 0, -1)};
        } elsif ($kind eq 'back' || $kind eq 'move') {
            next if $self->redis('TYPE', $key) ne 'list';
            my ($id, @what) = @{$self->redis('LRANGE', $key, 0, -1)};
            if ($rest !~ /EUR/) { push @codes, @what }
            elsif ($id ne 'id-2') { $sum{'budget shop/less/EUR'} += $what[0] }
        }
    }
    return {%all, codes => [sort @codes], sums => \%sum, map { $_ => [sort @{$all{$_} // []}] } qw(in aside facts products holds)};
}

sub content {
    my ($self, $key) = @_;
    my $type = $self->redis('TYPE', $key);
    return $type eq 'string' ? $self->redis('GET', $key)
        : $type eq 'hash' ? {@{$self->redis('HGETALL', $key)}}
        : $type eq 'set' ? [sort @{$self->redis('SMEMBERS', $key)}]
        : $type eq 'zset' ? $self->redis('ZRANGE', $key, 0, -1, 'WITHSCORES')
        : $self->redis('LRANGE', $key, 0, -1);
}

# What is not where somebody would look for it under the number of now.
sub misplaced {
    my ($self) = @_;
    my @wrong;
    my %tag = map { $self->tag($_) => $_ } 0 .. $self->{shards} - 1;
    for my $key ($self->keys_all) {
        my ($tag, $name) = $key =~ /^ordersave:\{(\d+)\}:(.*)/s;
        my ($kind, $rest) = $name =~ /^([^:]+)(?::(.*))?$/s;
        next if $kind eq 'config' || $kind eq 'lease' || $kind eq 'mover';
        my $should = $kind eq 'seeks' ? $self->shard('shop/seeks')
            : $kind =~ /^(?:given|heard|reconciled|pauses|paused|import|pull|codes|stock|stockbudget|budgetset)$/ ? 0
            : $EACH{$kind} && $kind ne 'held' ? undef : $self->shard($rest);
        if (!defined $tag{$tag} || defined $should && $should != $tag{$tag}) {
            push @wrong, $key;
        } elsif ($kind eq 'ev' || $kind eq 'aside' || $kind eq 'facts') {
            push @wrong, grep { $self->key($kind, $json->decode($_)->{order}) ne $key }
                map { $_->[1][1] } @{$self->redis('XRANGE', $key, '-', '+')};
        } elsif ($kind eq 'in') {
            push @wrong, grep { my %f = @$_; $self->key('in', "$f{source}/$f{id}") ne $key } map { $_->[1] } @{$self->redis('XRANGE', $key, '-', '+')};
        } elsif ($kind eq 'jobs' || $kind eq 'dead') {
            my %jobs = @{$self->redis('HGETALL', $key)};
            for my $id (keys %jobs) {
                my $j = $json->decode($jobs{$id});
                my $of = $id =~ m{^raw/(.*)} ? "$j->{source}/$1" : $j->{order};
                push @wrong, "$key $id" if $self->key($name, $of) ne $key;
            }
        } elsif ($kind eq 'held') {
            my $text = $self->redis('GET', $key);
            push @wrong, "$key: $text" if grep { $_ ne $tag } $text =~ /ordersave:\{(\d+)\}/g;
        } elsif ($kind eq 'products') {
            push @wrong, grep { $self->key('products:shop', "shop/$_") ne $key } @{$self->redis('SMEMBERS', $key)};
        } elsif ($kind =~ /^(?:back|move|moved|calls|came)$/) {
            push @wrong, $key;
        }
    }
    return \@wrong;
}

# The same as before? What is not is told by name.
sub unchanged {
    my ($self, $before, $name) = @_;
    my ($was, $is) = map { my $i = $_; +{map { my $kind = $_; ref $i->{$kind} eq 'HASH'
        ? map { ("$kind $_" => $json->encode([$i->{$kind}{$_}])) } keys %{$i->{$kind}} : ($kind => $json->encode($i->{$kind})) } keys %$i} }
        $before, $self->inventory;
    my @other = grep { ($was->{$_} // '') ne ($is->{$_} // '') } sort keys %{{%$was, %$is}};
    return ok(!@other, $name) || diag scalar(@other), " differ\n", map { substr("$_: " . ($was->{$_} // 'none') . ' -> ' . ($is->{$_} // 'none'), 0, 600) . "\n" } splice @other, 0, 8;
}

# A worker delivers what was waiting: each once.
sub deliver {
    my ($t) = @_;
    my @orders = @{$t->{orders}};
    $t->redis('DEL', $t->shard_key(0, 'paused'));
    ok $t->wait_for('events', sub { 6 == grep { ($t->decision($_)->{applied} // '') eq 'done' } @orders[12 .. 17] }), 'accepts that waited are carried out';
    ok $t->wait_for('webhooks', sub { 6 == grep { $t->record($_) } @{$t->{new}} }), 'webhooks that waited are orders';
    ok $t->wait_for('scores', sub { $t->count('score.5') >= 6 }), 'and events';
    is_deeply [map { $t->record($_)->{save}{score}{value} } @orders[12 .. 17]], [(5) x 6], 'events of an order in their order';
    $t->elapse(3700);
    is scalar(my @mails = $t->mails(6, subject => 'cancelled')), 6, 'follow-ups are sent';
    $t->elapse(3700);
    $t->mails(int($MANY / 3), subject => 'support_score');
    $t->settled;
    my %sent;
    $sent{$_->{subject}}++ for $t->mails(1);
    is_deeply [grep { $sent{$_} > 1 } sort keys %sent], [], 'no mail twice';
    my %count;
    $count{(split)[0]}++ for keys %sent;
    is_deeply \%count, {cancelled => 6, applied => 12, support_score => int($MANY / 3)}, 'all of them';
    return;
}

1;
